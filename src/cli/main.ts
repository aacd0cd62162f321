/* Runs the `persona-client` command: parses arguments, runs a subcommand, and reports errors by message and exit code. */
import { Command, CommanderError } from 'commander';
import { VERSION } from '../mcp/version.js';
import { removeEmptyVariables } from './environment.js';
import { InputError } from './errors.js';
import { EXIT, EXIT_CODES_HELP } from './exit-codes.js';
import { endIfBlocked } from './interrupt.js';
import { JSON_OPTION } from './service-options.js';
import { isSystemError, toWriteError } from './system-errors.js';

removeEmptyVariables();
const json = process.argv.includes(JSON_OPTION);

const DESCRIPTION =
  'TypeScript SDK for the Persona Service: typed endpoints, retries, circuit breaker, caching, token refresh, and a complete local service to test against.';

const program = new Command('persona-client')
  .description(DESCRIPTION)
  .version(VERSION)
  .showSuggestionAfterError()
  .configureOutput({ outputError: (text, write) => json || write(text) })
  .addHelpText(
    'after',
    `\n${EXIT_CODES_HELP}\n\nExamples:\n  $ persona-client serve --seed 10000\n  $ persona-client list --per-page 5\n  $ persona-client export all.ndjson\n  $ persona-client help import`,
  )
  .exitOverride();
// AI assistants start the MCP server with each session, so it starts without the other commands.
if (process.argv[2] === 'mcp') (await import('./commands/mcp.js')).addMcpCommand(program);
else (await import('./commands/index.js')).addCommands(program);

/** Commands that print after their changes. */
const CHANGING_COMMANDS = ['create', 'update', 'delete', 'import', 'erase', 'purge', 'login', 'logout'];
const startedCommands = new Set<Command>();
program.hook('preAction', (_, command) => void startedCommands.add(command));

/** Returns a warning that the command may already have made changes, or no text if it makes none. */
function adviseAfterChanges(): string {
  const command = [...startedCommands].find((started) => CHANGING_COMMANDS.includes(started.name()));
  if (!command || command.opts().dryRun) return '';
  return ` ${command.name()} may already have made changes. Check them before you run it again.`;
}

const reportedErrors = new WeakSet<object>();

/** Reports an error once: a failed write to standard output fails the command, and also emits an event. */
async function report(error: unknown): Promise<void> {
  if (error instanceof Error && reportedErrors.has(error)) return;
  if (error instanceof Error) reportedErrors.add(error);
  const isOutputError = (error as NodeJS.ErrnoException).syscall === 'write';
  const { reportError } = await import('./report-error.js');
  process.exitCode = reportError(
    isOutputError ? toWriteError('standard output', error, adviseAfterChanges()) : error,
    json,
  );
}

process.stdout.on('error', (error) => {
  if (!isSystemError(error, 'EPIPE')) void report(error); // EPIPE: the reader, such as head, has closed the pipe
});
process.stderr.on('error', () => undefined); // a log without a reader must not end the command

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError && (error.exitCode === 0 || !json))
    process.exitCode = error.exitCode === 0 ? EXIT.success : EXIT.invalidInput; // commander has printed the message
  else if (error instanceof CommanderError)
    await report(new InputError(error.message.replace(/^error: /, '')));
  else if (!isSystemError(error, 'EPIPE')) await report(error);
}
if (process.exitCode === EXIT.interrupted) endIfBlocked();
