import { type Command, Option } from 'commander';
import { DIALECTS, type Dialect } from '../core/dialect.js';
import { MAX_TIMER_MS } from '../core/timers.js';
import { createIntegerParser } from './arguments.js';

/** Options of every command that calls a service. */
export interface ServiceOptions {
  readonly url?: string;
  readonly dialect?: Dialect;
  /** In milliseconds. */
  readonly timeout?: number;
  readonly json?: true;
}

export const JSON_OPTION = '--json';

/** Adds the options of {@link ServiceOptions} to a command. */
export const addServiceOptions = (command: Command): Command =>
  command
    .option('--url <url>', 'service URL (default: PERSONA_API_URL, else http://localhost:5050)')
    .addOption(
      new Option('--dialect <name>', 'API dialect of the service (default: detected)').choices(DIALECTS),
    )
    .option(
      '--timeout <ms>',
      'timeout of each request, in milliseconds',
      createIntegerParser(1, MAX_TIMER_MS),
    )
    .option(JSON_OPTION, 'print the result, or the error, as one line of JSON');
