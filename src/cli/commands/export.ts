import { type Command, Option } from 'commander';
import { checkFiles, isStream } from '../check-files.js';
import { withClient } from '../client.js';
import { describeIncomplete, describeOmittedFields } from '../describe-incomplete.js';
import { EXIT, InputError } from '../exit-codes.js';
import { abortOnInterrupt } from '../interrupt.js';
import { formatItems, print, printToStderr, toJsonLine } from '../output.js';
import { FORMATS, type Format, isCsv } from '../rows/types.js';
import { addServiceOptions, type ServiceOptions } from '../service-options.js';

const STANDARD_OUTPUT = 1;

interface ExportCommandOptions extends ServiceOptions {
  readonly format?: Format;
  readonly bom?: true;
}

const EXPORT_HELP = `
Only you can read the file. It appears, or replaces an older file, when the export is complete. If the name is a link, the
file that it leads to is replaced. Pipes and devices are written directly. CSV cells contain text, or JSON for other values. "import" creates the same personas again, with new
ids. With --json and no file, the report goes to standard error.

Examples:
  $ persona-client export all.ndjson
  $ persona-client export people.csv --bom --url https://personas.example.com
  $ persona-client export | jq .name`;

/** Adds `persona-client export`, which writes all personas to a file. */
export function addExportCommand(program: Command): void {
  addServiceOptions(program.command('export [file]'))
    .description('export all personas as NDJSON, JSON, CSV or TSV, to a file or to standard output')
    .addOption(
      new Option('--format <name>', 'output format (default: from the file extension, else ndjson)').choices(
        FORMATS,
      ),
    )
    .option('--bom', 'start a CSV or TSV file with a byte order mark, so that Excel reads it as UTF-8')
    .addHelpText('after', EXPORT_HELP)
    .action(runExport);
}

async function runExport(file = '-', options: ExportCommandOptions): Promise<void> {
  const { detectFormat } = await import('../rows/index.js');
  const { getDescriptor } = await import('../output-file.js');
  const path = getDescriptor(file) === STANDARD_OUTPUT ? '-' : file;
  const format = isStream(path) ? (options.format ?? 'ndjson') : detectFormat(path, options.format);
  if (options.bom && !isCsv(format)) throw new InputError(`--bom needs CSV or TSV, not ${format}.`);
  if (path !== '-') checkFiles([], [['output', path]]);
  const { exportRows } = await import('../export-rows.js');
  const { signal, dispose } = abortOnInterrupt();
  const report = await withClient(options, (client) =>
    exportRows(client, { path, format, bom: options.bom ?? false, signal, quiet: options.json ?? false }),
  ).finally(dispose);
  const json = toJsonLine({ file: path, ...report });
  if (options.json) await (path === '-' ? printToStderr(json) : print(json));
  else printToStderr(`${formatItems(report.exported, 'persona')} exported.`);
  if (report.complete) return;
  if (!options.json && report.incompleteReason) printToStderr(describeIncomplete(report));
  if (!options.json && report.omittedFields) printToStderr(describeOmittedFields(report.omittedFields));
  process.exitCode = EXIT.partial;
}
