#!/usr/bin/env node
/* The `persona-client` command: parses arguments, runs a subcommand, and reports errors by message and exit code. */
import * as nodeModule from 'node:module';
import { Command, CommanderError } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { addCommands } from './commands/index.js';
import { removeEmptyVariables } from './environment.js';
import { EXIT, EXIT_CODES_HELP, InputError } from './exit-codes.js';
import { JSON_OPTION } from './service-options.js';

nodeModule.enableCompileCache?.(); // speeds up modules that a command imports later; older Node versions lack it

removeEmptyVariables();
const json = process.argv.includes(JSON_OPTION);

const program = new Command('persona-client')
  .description(manifest.description)
  .version(manifest.version)
  .showSuggestionAfterError()
  .configureOutput({ outputError: (text, write) => json || write(text) })
  .addHelpText(
    'after',
    `\n${EXIT_CODES_HELP}\n\nExamples:\n  $ persona-client serve --seed 10000\n  $ persona-client list --per-page 5\n  $ persona-client export all.ndjson\n  $ persona-client help import`,
  )
  .exitOverride();
addCommands(program);

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error; // the reader, such as head, has closed the pipe
  process.exit(EXIT.success);
});
process.stderr.on('error', () => undefined); // a log without a reader must not end the command

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError && (error.exitCode === 0 || !json)) {
    process.exitCode = error.exitCode === 0 ? EXIT.success : EXIT.invalidInput; // commander has printed the message
  } else {
    const { reportError } = await import('./report-error.js');
    const isUsageError = error instanceof CommanderError;
    process.exitCode = reportError(
      isUsageError ? new InputError(error.message.replace(/^error: /, '')) : error,
      json,
    );
  }
}
