/**
 * A logger with four methods, such as `console` or a pino instance.
 *
 * A logger with a `bindings` method, as in pino, receives `(fields, message)`. All others receive `(message, fields)`.
 * Errors of a logger go to the console and do not affect the call.
 */
export interface Logger {
  /** Receives each call, attempt and use of the cache. */
  debug(...args: never[]): unknown;
  /** Receives changes of the circuit and of tokens, the detected dialect, and searches for lost creates. */
  info(...args: never[]): unknown;
  /**
   * Receives failed calls, retries, rejected attempts, failed token actions, insecure authentication, and invalid, unknown or
   * changed fields. Aborted calls, and calls whose persona does not exist, go to `debug`.
   */
  warn(...args: never[]): unknown;
  /** Receives the opening of the circuit. */
  error(...args: never[]): unknown;
}

/** Minimum level of log messages, from the most to the least verbose. `silent` disables logging. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';
