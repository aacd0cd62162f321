#!/usr/bin/env node
import * as nodeModule from 'node:module';
import { Command, CommanderError } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { addCompletion } from './commands/completion.js';
import { addDoctor } from './commands/doctor.js';
import { addExport } from './commands/export.js';
import { addImport } from './commands/import.js';
import { addLogin } from './commands/login.js';
import { addPersonas } from './commands/personas.js';
import { addPrivacy } from './commands/privacy.js';
import { addTypegen } from './commands/typegen.js';
import { JSON_OPTION } from './connect.js';
import { BadInput, EXIT, EXIT_CODES } from './exit-codes.js';
import { addMcp } from './mcp.js';
import { addServe } from './serve.js';

nodeModule.enableCompileCache?.(); // for what a command loads when it is run; Node 20 has none

const json = process.argv.includes(JSON_OPTION);

const program = new Command('persona-client')
  .description(manifest.description)
  .version(manifest.version)
  .showSuggestionAfterError()
  .configureOutput({ outputError: (words, write) => json || write(words) })
  .addHelpText(
    'after',
    `\n${EXIT_CODES}\n\nExamples:\n  $ persona-client serve --seed 10000\n  $ persona-client list --per-page 5\n  $ persona-client export all.ndjson\n  $ persona-client help import`,
  )
  .exitOverride();
for (const add of [
  addServe,
  addMcp,
  addLogin,
  addPersonas,
  addImport,
  addExport,
  addPrivacy,
  addTypegen,
  addDoctor,
  addCompletion,
])
  add(program);

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error; // whoever reads has read enough
  process.exit(EXIT.done);
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError && (error.exitCode === 0 || !json)) {
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.badInput; // It has already said what is wrong.
  } else {
    const { report } = await import('./report.js');
    const isUsage = error instanceof CommanderError;
    process.exitCode = report(isUsage ? new BadInput(error.message.replace(/^error: /, '')) : error, json);
  }
}
