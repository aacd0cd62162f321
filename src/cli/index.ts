#!/usr/bin/env node
import * as nodeModule from 'node:module';
import { Command, CommanderError } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { addMcp } from './mcp.js';
import { addServe } from './serve.js';

nodeModule.enableCompileCache?.(); // for what a command loads when it is run; Node 20 has none

const BAD_ARGUMENTS = 2;
const FAILED = 1;

const program = new Command('persona-client')
  .description(manifest.description)
  .version(manifest.version)
  .exitOverride();
addServe(program);
addMcp(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : BAD_ARGUMENTS; // It has already said what is wrong.
  } else {
    process.stderr.write(`persona-client: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = FAILED;
  }
}
