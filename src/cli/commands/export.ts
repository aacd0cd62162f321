import { type Command, Option } from 'commander';
import { interruption, type ServiceFlags, withClient, withService } from '../connect.js';
import { EXIT } from '../exit-codes.js';
import { FORMATS, type Format } from '../rows/types.js';
import { note, print } from '../terminal.js';

interface Flags extends ServiceFlags {
  readonly format?: Format;
}

const EXAMPLES = `
The file is readable by you alone, and is there only when all of it is. A CSV's cells are text, or JSON for anything
else; "import" reads them back as they were. With --json, and no file to write to, how it went is said on standard error.

Examples:
  $ persona-client export all.ndjson
  $ persona-client export people.csv --url https://personas.example.com
  $ persona-client export | jq .name`;

/** `persona-client export`: all personas into a file. */
export function addExport(program: Command): void {
  withService(program.command('export [file]'))
    .description('write all personas to a file, or to standard output: NDJSON, JSON or CSV')
    .addOption(
      new Option('--format <name>', 'what to write (default: by the extension, else ndjson)').choices(
        FORMATS,
      ),
    )
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(path = '-', flags: Flags): Promise<void> {
  const { formatOf } = await import('../rows/read.js');
  const format = path === '-' ? (flags.format ?? 'ndjson') : formatOf(path, flags.format);
  const { exportRows } = await import('../export-rows.js');
  const { signal, end } = interruption();
  const report = await withClient(flags, (client) =>
    exportRows(client, { path, format, signal, quiet: flags.json === true }),
  ).finally(end);
  const line = JSON.stringify({ file: path, ...report });
  if (flags.json) await (path === '-' ? note(line) : print(line));
  else note(`${report.exported.toLocaleString('en-US')} personas exported.`);
  if (report.complete) return;
  if (!flags.json)
    note('Others were writing all the while: some personas may be missing. Export again when it is quieter.');
  process.exitCode = EXIT.partial;
}
