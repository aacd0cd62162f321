import type { PersonaClient } from '../index.js';
import { describeError, isPersonaError } from './errors.js';

export type LogLevel = 'silent' | 'error' | 'info' | 'debug';
const LEVELS: readonly LogLevel[] = ['silent', 'error', 'info', 'debug'];

type Log = (level: LogLevel, message: string) => void;

/** Creates a log on stderr. It writes the messages up to `maxLevel`. */
export function createLog(maxLevel: LogLevel): Log {
  return (level, message) => {
    if (LEVELS.indexOf(level) <= LEVELS.indexOf(maxLevel))
      process.stderr.write(`persona-client mcp: ${message}\n`);
  };
}

/**
 * Formats an error for the log.
 *
 * A `PersonaError` becomes the text that models receive. Any other error becomes its name and code, because its message
 * may contain secrets. At level `debug`, its stack frames follow.
 */
export function formatLogError(error: unknown, maxLevel: LogLevel): string {
  if (isPersonaError(error)) return describeError(error);
  if (!(error instanceof Error)) return typeof error;
  const code = (error as NodeJS.ErrnoException).code;
  const frames =
    maxLevel === 'debug' ? (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)) : [];
  return [`${error.name}${typeof code === 'string' ? ` ${code}` : ''}`, ...frames].join('\n');
}

/** Logs the client's responses, retries and circuit changes. Never logs URLs, headers or bodies. */
export function logClientEvents(client: PersonaClient, log: Log): void {
  client.on('response', ({ call, attempt, status, durationMs }) =>
    log('debug', `${call} attempt ${attempt}: ${status ?? 'no response'} in ${Math.round(durationMs)} ms`),
  );
  client.on('retry', ({ call, delayMs, error }) =>
    log('debug', `${call}: retry in ${Math.round(delayMs)} ms after ${error}`),
  );
  client.on('circuit', ({ state }) => log('info', `circuit breaker ${state}`));
}
