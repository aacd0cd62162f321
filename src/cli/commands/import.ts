import { rm } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import type { ServiceFlags } from '../connect.js';
import { interruption, wholeNumber, withClient, withService } from '../connect.js';
import { EXIT } from '../exit-codes.js';
import { FORMATS, type Format } from '../rows/types.js';
import { answer, note, shown } from '../terminal.js';

interface Flags extends ServiceFlags {
  readonly format?: Format;
  readonly journal?: string | false;
  readonly rejected?: string;
  readonly concurrency: number;
  readonly allowDuplicates?: true;
}

const EXAMPLES = `
A CSV has the columns "name" and "category.field", such as demographic.city. A cell is text, or JSON for anything else;
a list can also be written with ";" between its entries. Rows that cannot be imported are named with their reason and
written to <file>.rejected.<format>; the rest goes in. The same row twice counts once. Files are UTF-8 or UTF-16.

What was done is noted in <file>.journal until all is done: after Ctrl-C, or whatever else ended the run, give the same
command again to go on, and each row is applied once in all.

Examples:
  $ persona-client import people.csv
  $ persona-client import all.ndjson --journal all.journal --concurrency 10
  $ generate | persona-client import - --format ndjson --rejected bad.ndjson`;

/** `persona-client import`: create personas from a file. */
export function addImport(program: Command): void {
  withService(program.command('import <file>'))
    .description('create personas from a file: NDJSON, JSON or CSV; "-" is standard input')
    .addOption(new Option('--format <name>', 'what the file is (default: by its extension)').choices(FORMATS))
    .option(
      '--journal <file>',
      'where to note what was done (default: <file>.journal, removed when all is done)',
    )
    .option('--no-journal', 'note nothing: a run that was ended cannot be resumed')
    .option('--rejected <file>', 'where to write rejected rows (default: <file>.rejected.<format>)')
    .option('--concurrency <number>', 'requests in flight at most', wholeNumber(1, 1_000), 20)
    .option('--allow-duplicates', 'create a persona for each of several equal rows')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(path: string, flags: Flags): Promise<void> {
  const { formatOf } = await import('../rows/read.js');
  const format = formatOf(path, flags.format);
  const ownJournal = flags.journal === undefined && path !== '-' ? `${path}.journal` : undefined;
  const journalPath = flags.journal === false ? undefined : (flags.journal ?? ownJournal);
  const { signal, end } = interruption();
  const { importRows } = await import('../import-rows.js');
  const report = await withClient(
    flags,
    (client) =>
      importRows(client, {
        path,
        format,
        signal,
        journalPath,
        rejected: flags.rejected,
        concurrency: flags.concurrency,
        allowDuplicates: flags.allowDuplicates ?? false,
        json: flags.json ?? false,
      }),
    { concurrency: flags.concurrency },
  ).finally(end);

  const done = report.complete && report.failed === 0;
  if (ownJournal && done)
    for (const file of [ownJournal, `${ownJournal}.lock`]) await rm(file, { force: true });
  await answer(flags.json, { ...report, journal: done && ownJournal ? undefined : journalPath }, () =>
    [
      `Imported ${report.created.toLocaleString('en-US')} personas${report.resumed ? `, ${report.resumed.toLocaleString('en-US')} of them in an earlier run` : ''}.`,
      ...(report.rejected
        ? [`${report.rejected} rejected rows are in ${shown(report.rejectedFile ?? '')}.`]
        : []),
      ...(report.failed ? [`${report.failed} rows failed at the service.`] : []),
    ].join('\n'),
  );
  if (!flags.json && (!report.complete || report.failed > 0)) note(again(journalPath));
  if (!report.complete) process.exitCode = EXIT.interrupted;
  else if (report.rejected + report.failed > 0) process.exitCode = EXIT.partial;
}

const again = (journal: string | undefined) =>
  journal
    ? `Give the same command again to go on: what was done is in ${shown(journal)}.`
    : 'Without a journal this run cannot be resumed.';
