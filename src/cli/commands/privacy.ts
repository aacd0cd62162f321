import { type Command, InvalidArgumentError } from 'commander';
import { escapeControls } from '../../core/safe-text.js';
import { collectPersonaIds } from '../arguments.js';
import { withClient } from '../client.js';
import { describeIncomplete } from '../describe-incomplete.js';
import { EXIT } from '../exit-codes.js';
import { abortOnInterrupt } from '../interrupt.js';
import { printResult, printToStderr } from '../output.js';
import { ProgressBar } from '../progress.js';
import { getExitCode } from '../report-error.js';
import { addServiceOptions, type ServiceOptions } from '../service-options.js';

interface EraseOptions extends ServiceOptions {
  readonly verify: boolean;
}

interface PurgeOptions extends ServiceOptions {
  readonly olderThan: Date;
  readonly timestampField: TimestampField;
  readonly dryRun?: boolean;
}

type TimestampField = 'updated_at' | 'created_at';

const DAY_MS = 86_400_000;

/** Adds `persona-client erase` and `purge`. */
export function addPrivacyCommands(program: Command): void {
  addServiceOptions(program.command('erase'))
    .argument('<ids...>', 'persona ids', collectPersonaIds)
    .description('delete personas, verify that they are gone, and print a receipt for each')
    .option('--no-verify', 'do not verify the deletion')
    .addHelpText(
      'after',
      '\nA receipt contains no data of the persona except the id.\n\nExamples:\n  $ persona-client erase 17\n  $ persona-client erase 17 18 --json > receipts.ndjson',
    )
    .action(erase);

  addServiceOptions(program.command('purge'))
    .description('delete all personas that are older than a given time')
    .requiredOption(
      '--older-than <time>',
      'age in days (365d), date (2024-01-31), or ISO 8601 time with a time zone',
      parseTime,
    )
    .option(
      '--timestamp-field <field>',
      'timestamp to compare: updated_at or created_at',
      parseTimestampField,
      'updated_at',
    )
    .option('--dry-run', 'count the matching personas without deleting them')
    .addHelpText(
      'after',
      '\nExamples:\n  $ persona-client purge --older-than 730d --dry-run\n  $ persona-client purge --older-than 2024-01-01 --timestamp-field created_at',
    )
    .action(purge);
}

async function erase(ids: readonly number[], { json, verify, ...options }: EraseOptions): Promise<void> {
  const { createPrivacy } = await import('../../collections/index.js');
  await withClient(options, async (client) => {
    for (const id of ids) {
      const receipt = await createPrivacy(client).erase(id, { verify });
      const verification = receipt.verified_at ? `verified at ${receipt.verified_at}` : 'not verified';
      await printResult(json, receipt, () =>
        receipt.existed
          ? `Erased persona ${id} at ${receipt.erased_at}, ${verification}.`
          : `Persona ${id} did not exist, ${verification}.`,
      );
    }
  });
}

async function purge({
  olderThan,
  timestampField,
  dryRun = false,
  json,
  ...options
}: PurgeOptions): Promise<void> {
  const { createPrivacy } = await import('../../collections/index.js');
  const { signal, dispose } = abortOnInterrupt();
  const progress = new ProgressBar(dryRun ? 'Scanning' : 'Purging');
  let done = 0;
  const onPersona = () => {
    done += 1;
    if (!json) progress.update({ done });
  };
  const report = await withClient(options, (client) =>
    createPrivacy(client).purge({ olderThan, timestampField, dryRun, onPersona, signal }),
  ).finally(dispose);
  await printResult(json, report, () =>
    dryRun
      ? `${report.matched} of ${report.scanned} personas match. Nothing was deleted.`
      : `Deleted ${report.deleted} of ${report.scanned} personas. ${report.skipped} were skipped because they changed during the purge, ${report.missing} were already deleted, ${report.failed} failed.`,
  );
  if (!json && report.stopError) printToStderr(escapeControls(report.stopError.message));
  else if (!json && !report.complete) printToStderr(describeIncomplete(report));
  if (report.stopError) process.exitCode = getExitCode(report.stopError);
  else if (report.failed > 0 || !report.complete) process.exitCode = EXIT.partial;
}

/** Parses an age in days or a date. A date without a time starts at midnight UTC. */
function parseTime(text: string): Date {
  const [, days] = /^(\d{1,6})d$/.exec(text) ?? [];
  if (days !== undefined) return new Date(Date.now() - Number(days) * DAY_MS);
  const isDate = /^\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:?\d\d))?$/.test(text);
  const date = isDate ? new Date(text) : undefined;
  if (date === undefined || Number.isNaN(date.getTime()))
    throw new InvalidArgumentError(
      'Expected days, such as 365d, or a date, such as 2024-01-31 or 2024-01-31T12:00:00Z.',
    );
  return date;
}

function parseTimestampField(text: string): TimestampField {
  if (text !== 'updated_at' && text !== 'created_at')
    throw new InvalidArgumentError('Expected updated_at or created_at.');
  return text;
}
