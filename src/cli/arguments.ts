import { InvalidArgumentError } from 'commander';
import { isForbiddenPort } from './forbidden-ports.js';

/** Creates a parser for whole numbers from `min` to `max`. */
export const createIntegerParser =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max)
      throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
    return value;
  };

export const parseAnyPort = createIntegerParser(0, 65_535);

/** Parses a port for an HTTP server. 0 means any free port. Rejects ports that `fetch` and browsers forbid. */
export function parseHttpPort(text: string): number {
  const port = parseAnyPort(text);
  if (isForbiddenPort(port))
    throw new InvalidArgumentError('fetch and browsers forbid this port. Choose another one.');
  return port;
}

export const parsePersonaId = createIntegerParser(1, Number.MAX_SAFE_INTEGER);

/** Parses one id of a variadic argument and adds it to the previous ones. */
export const collectPersonaIds = (text: string, previous: readonly number[] = []): readonly number[] => [
  ...previous,
  parsePersonaId(text),
];

/** Parses comma-separated names. */
export const parseNames = (text: string): readonly string[] =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
