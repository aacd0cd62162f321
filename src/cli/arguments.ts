import { InvalidArgumentError } from 'commander';

/** Creates a parser for whole numbers from `min` to `max`. */
export const createIntegerParser =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max)
      throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
    return value;
  };

export const parsePersonaId = createIntegerParser(1, Number.MAX_SAFE_INTEGER);

/** Parses one id of a variadic argument and adds it to the previous ones. */
export const collectPersonaIds = (text: string, previous: readonly number[] = []): readonly number[] => [
  ...previous,
  parsePersonaId(text),
];

/** Parses names that commas separate. */
export const parseNames = (text: string): readonly string[] =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
