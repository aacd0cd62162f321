import { type Command, Option } from 'commander';
import type { Persona } from '../../index.js';
import { checkFiles, isStream } from '../check-files.js';
import { withClient } from '../client.js';
import { describeIncomplete, describeOmittedFields } from '../describe-incomplete.js';
import type { Since } from '../earlier-export.js';
import { InputError, InterruptError } from '../errors.js';
import { EXIT } from '../exit-codes.js';
import { abortOnInterrupt } from '../interrupt.js';
import { formatItems, print, printToStderr, toJsonLine } from '../output.js';
import { FORMATS, type Format, isCsv } from '../rows/types.js';
import { addServiceOptions, type ServiceOptions } from '../service-options.js';

const STANDARD_OUTPUT = 1;

interface ExportCommandOptions extends ServiceOptions {
  readonly format?: Format;
  readonly bom?: true;
  readonly since?: string;
  readonly deleted?: string;
}

const EXPORT_HELP = `
Only you can read the file. It appears, or replaces an older file, when the export is complete. If the name is a link, the
command replaces the file that the link leads to. The command writes directly to pipes and devices.
CSV cells contain text, or JSON for other values. "import" creates the same personas again, with new ids. With --json and
no file, the report goes to standard error.

--since reads only the pages with newer personas. With a file, it starts a minute before the first persona of the file was
updated. The report contains the time to pass as the next --since.
--deleted reads the whole list, and writes the ids of deleted personas, one per line: the ids in the earlier file or in this
export that the service no longer has. It omits an id that now belongs to another persona.

Examples:
  $ persona-client export all.ndjson
  $ persona-client export people.csv --bom --url https://personas.example.com
  $ persona-client export | jq .name
  $ persona-client export changes.ndjson --since all.ndjson --deleted gone.txt
  $ persona-client export changes.ndjson --since 2026-01-31T12:00:00Z`;

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
    .option(
      '--since <time or file>',
      'export only personas updated since a time with a time zone, or since an earlier export',
    )
    .option(
      '--deleted <file>',
      'write the ids of the personas that were deleted since the export in --since <file>',
    )
    .addHelpText('after', EXPORT_HELP)
    .action(runExport);
}

async function runExport(file = '-', options: ExportCommandOptions): Promise<void> {
  const { detectFormat } = await import('../rows/index.js');
  const { getDescriptor, writeOutputFile } = await import('../output-file.js');
  const path = getDescriptor(file) === STANDARD_OUTPUT ? '-' : file;
  const format = isStream(path) ? (options.format ?? 'ndjson') : detectFormat(path, options.format);
  if (options.bom && !isCsv(format)) throw new InputError(`--bom needs CSV or TSV, not ${format}.`);
  const { exportRows } = await import('../export-rows.js');
  const { findDeleted, readIds, resolveSince } = await import('../earlier-export.js');
  const since = options.since === undefined ? undefined : await resolveSince(options.since);
  const deletedFile = options.deleted;
  if (deletedFile !== undefined && since?.file === undefined)
    throw new InputError('--deleted needs --since with the file of an earlier export.');
  if (path !== '-' || since?.file !== undefined)
    checkFiles(
      [['earlier export', since?.file]],
      [
        ['output', path === '-' ? undefined : path],
        ['list of deleted ids', deletedFile],
      ],
    );
  const ids =
    deletedFile !== undefined && since?.file !== undefined ? await readIds(since.file) : new Set<number>();
  const { signal, dispose } = abortOnInterrupt();
  const quiet = options.json ?? false;
  const onExported = ({ id }: Persona) => void (deletedFile === undefined || ids.add(id));
  const report = await withClient(options, async (client) => {
    const exported = await exportRows(client, {
      path,
      format,
      bom: options.bom ?? false,
      signal,
      quiet,
      since: since?.time,
      onExported,
    });
    if (deletedFile === undefined) return exported;
    const deleted = await findDeleted(client, ids, signal).catch((error: unknown) => {
      throw signal.aborted ? new InterruptError('Interrupted. The deleted personas are not listed.') : error;
    });
    await writeOutputFile(
      { path: deletedFile, mode: 0o600 },
      deleted.ids.map((id) => `${id}\n`),
      signal,
    );
    return {
      ...exported,
      deleted: deleted.ids.length,
      deletedFile,
      complete: exported.complete && deleted.complete,
    };
  }).finally(dispose);
  const json = toJsonLine({ file: path, ...report, ...(since && { since: since.time }) });
  if (options.json) await (path === '-' ? printToStderr(json) : print(json));
  else describeExport(report, since);
  if (report.complete) return;
  if (!options.json && report.incompleteReason) printToStderr(describeIncomplete(report));
  if (!options.json && report.omittedFields) printToStderr(describeOmittedFields(report.omittedFields));
  process.exitCode = EXIT.partial;
}

function describeExport(
  {
    exported,
    nextUpdatedSince,
    ...report
  }: { exported: number; nextUpdatedSince?: string; deleted?: number; deletedFile?: string },
  since: Since | undefined,
): void {
  const range = since ? `, updated since ${since.time}` : '';
  printToStderr(`${formatItems(exported, 'persona')} exported${range}.`);
  if (report.deletedFile !== undefined)
    printToStderr(`${formatItems(report.deleted ?? 0, 'deleted persona')} listed in ${report.deletedFile}.`);
  if (since && nextUpdatedSince !== undefined)
    printToStderr(`For the next export, pass --since ${nextUpdatedSince}`);
}
