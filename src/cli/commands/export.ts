import { type Command, Option } from 'commander';
import { withClient } from '../client.js';
import { describeIncomplete } from '../describe-incomplete.js';
import { EXIT } from '../exit-codes.js';
import { abortOnInterrupt } from '../interrupt.js';
import { formatCount, print, printToStderr, toJsonLine } from '../output.js';
import { FORMATS, type Format } from '../rows/types.js';
import { addServiceOptions, type ServiceOptions } from '../service-options.js';

interface ExportCommandOptions extends ServiceOptions {
  readonly format?: Format;
}

const EXPORT_HELP = `
Only you can read the file. It appears when the export is complete. CSV cells contain text, or JSON for other values.
"import" creates the same personas again, with new ids. With --json and no file, the report goes to standard error.

Examples:
  $ persona-client export all.ndjson
  $ persona-client export people.csv --url https://personas.example.com
  $ persona-client export | jq .name`;

/** Adds `persona-client export`, which writes all personas to a file. */
export function addExportCommand(program: Command): void {
  addServiceOptions(program.command('export [file]'))
    .description('export all personas as NDJSON, JSON or CSV, to a file or to standard output')
    .addOption(
      new Option('--format <name>', 'output format (default: from the file extension, else ndjson)').choices(
        FORMATS,
      ),
    )
    .addHelpText('after', EXPORT_HELP)
    .action(runExport);
}

async function runExport(path = '-', options: ExportCommandOptions): Promise<void> {
  const { detectFormat } = await import('../rows/index.js');
  const format = path === '-' ? (options.format ?? 'ndjson') : detectFormat(path, options.format);
  const { exportRows } = await import('../export-rows.js');
  const { signal, dispose } = abortOnInterrupt();
  const report = await withClient(options, (client) =>
    exportRows(client, { path, format, signal, quiet: options.json === true }),
  ).finally(dispose);
  const json = toJsonLine({ file: path, ...report });
  if (options.json) await (path === '-' ? printToStderr(json) : print(json));
  else printToStderr(`${formatCount(report.exported)} personas exported.`);
  if (report.complete) return;
  if (!options.json) printToStderr(describeIncomplete(report));
  process.exitCode = EXIT.partial;
}
