import { rm } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { escapeControls } from '../../core/safe-text.js';
import { createIntegerParser } from '../arguments.js';
import { isStream } from '../check-files.js';
import { withClient } from '../client.js';
import { EXIT } from '../exit-codes.js';
import { resumeAdvice } from '../import-advice.js';
import type { ImportReport } from '../import-rows.js';
import { abortOnInterrupt } from '../interrupt.js';
import { formatCount, formatItems, printResult, printToStderr } from '../output.js';
import { getExitCode, reportStop } from '../report-error.js';
import { FORMATS, type Format } from '../rows/types.js';
import { addServiceOptions, type ServiceOptions } from '../service-options.js';

interface ImportCommandOptions extends ServiceOptions {
  readonly format?: Format;
  readonly journal?: string | false;
  readonly rejected?: string;
  readonly concurrency: number;
  readonly allowDuplicates?: true;
}

const IMPORT_HELP = `
A CSV file has a column "name" and columns such as "demographic.city", in any order, separated by commas, semicolons or tabs.
Empty columns and rows are ignored. A cell contains text, or JSON for other values.
A list may also be text with ";" between the entries. A number field takes any decimal notation, such as 36.0. Files may
be UTF-8 or UTF-16. The import rejects invalid and duplicate rows: it prints the reason and writes them to a new file, such
as people.rejected.csv for people.csv, or people.rejected-2.csv if that exists. It imports all other rows.

The import records its progress in <file>.journal. If the run is interrupted, for example by Ctrl-C, run the same
command again to resume. Each row is applied once.

Examples:
  $ persona-client import people.csv
  $ persona-client import all.ndjson --journal all.journal --concurrency 10
  $ generate | persona-client import - --format ndjson --rejected bad.ndjson`;

/** Adds `persona-client import`, which creates personas from a file. */
export function addImportCommand(program: Command): void {
  addServiceOptions(program.command('import <file>'))
    .description('create personas from an NDJSON, JSON, CSV or TSV file; "-" reads standard input')
    .addOption(
      new Option('--format <name>', 'input format (default: from the file extension)').choices(FORMATS),
    )
    .option(
      '--journal <file>',
      'file that records the progress (default: <file>.journal, removed after an import without failed rows)',
    )
    .option('--no-journal', 'record no progress; an interrupted run cannot be resumed')
    .option(
      '--rejected <file>',
      'new file for rejected rows (default: <file without extension>.rejected.<format>)',
    )
    .option(
      '--concurrency <number>',
      'maximum number of requests in flight',
      createIntegerParser(1, 1_000),
      20,
    )
    .option('--allow-duplicates', 'import identical rows, too')
    .addHelpText('after', IMPORT_HELP)
    .action(runImport);
}

async function runImport(path: string, options: ImportCommandOptions): Promise<void> {
  const { detectFormat } = await import('../rows/index.js');
  const format = detectFormat(path, options.format);
  const defaultJournalPath = options.journal === undefined && !isStream(path) ? `${path}.journal` : undefined;
  const journalPath = options.journal === false ? undefined : (options.journal ?? defaultJournalPath);
  const { signal, dispose } = abortOnInterrupt();
  const { importRows } = await import('../import-rows.js');
  const report = await withClient(
    options,
    (client) =>
      importRows(client, {
        path,
        format,
        signal,
        journalPath,
        rejectedPath: options.rejected,
        concurrency: options.concurrency,
        allowDuplicates: options.allowDuplicates ?? false,
        json: options.json ?? false,
      }),
    { concurrency: options.concurrency, breaker: false }, // the run itself waits while the service is unavailable
  ).finally(dispose);

  const isDone = report.complete && report.failed === 0;
  const journal = isDone && defaultJournalPath ? undefined : journalPath;
  if (defaultJournalPath && isDone)
    for (const file of [defaultJournalPath, `${defaultJournalPath}.lock`]) await rm(file, { force: true });
  await printResult(options.json, { ...report, journal }, () => formatReport(report));
  if (!options.json && report.stopError) reportStop(report.stopError);
  if (!options.json && !isDone) printToStderr(resumeAdvice(journalPath));
  if (report.stopError) process.exitCode = getExitCode(report.stopError);
  else if (!report.complete) process.exitCode = EXIT.interrupted;
  else if (report.rejected + report.failed > 0) process.exitCode = EXIT.partial;
}

const MAX_PRINTED_ROWS = 20;

function formatReport(report: ImportReport): string {
  const { created, resumed, rejected, rejectedFile, failed, doubtful, advice } = report;
  const resumedNote = resumed ? `, ${formatCount(resumed)} of them in an earlier run` : '';
  return [
    `Imported ${formatItems(created, 'persona')}${resumedNote}.`,
    ...(rejected
      ? [
          `${formatItems(rejected, 'rejected row')} ${rejected === 1 ? 'is' : 'are'} in ${escapeControls(rejectedFile ?? '')}.`,
        ]
      : []),
    ...(failed ? [`${formatItems(failed, 'row')} failed.`] : []),
    ...(advice
      ? [
          `${formatCount(doubtful.length)} of them ${doubtful.length === 1 ? 'is' : 'are'} in doubt: ${formatRows(doubtful)}. ${advice}`,
        ]
      : []),
  ].join('\n');
}

function formatRows(rows: readonly number[]): string {
  const shown = rows.slice(0, MAX_PRINTED_ROWS).join(', ');
  const rest = rows.length > MAX_PRINTED_ROWS ? ', … (--json lists all)' : '';
  return `${rows.length === 1 ? 'row' : 'rows'} ${shown}${rest}`;
}
