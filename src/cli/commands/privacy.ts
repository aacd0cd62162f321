import { type Command, InvalidArgumentError } from 'commander';
import type { ErasureReceipt, PurgeCandidate } from '../../collections/index.js';
import { parseIsoTime } from '../../core/iso-time.js';
import { escapeControls } from '../../core/safe-text.js';
import { collectPersonaIds } from '../arguments.js';
import { withClient } from '../client.js';
import { describeIncomplete } from '../describe-incomplete.js';
import type { IdOutcome } from '../each-id.js';
import { InputError, InterruptError } from '../errors.js';
import { EXIT } from '../exit-codes.js';
import { abortOnInterrupt } from '../interrupt.js';
import { formatItems, printResult, printToStderr } from '../output.js';
import { ProgressBar } from '../progress.js';
import { describeItemError, getExitCode, reportStop } from '../report-error.js';
import { addServiceOptions, type ServiceOptions } from '../service-options.js';

interface EraseOptions extends ServiceOptions {
  readonly verify: boolean;
}

interface PurgeOptions extends ServiceOptions {
  readonly olderThan: Cutoff;
  readonly timestampField: TimestampField;
  readonly dryRun: boolean;
  readonly yes?: true;
}

interface Cutoff {
  readonly time: Date;
  /** Whether the time is not in the past, so that all personas are older. */
  readonly matchesAll: boolean;
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
      parseCutoff,
    )
    .option(
      '--timestamp-field <field>',
      'timestamp to compare: updated_at or created_at',
      parseTimestampField,
      'updated_at',
    )
    .option('--dry-run', 'count the matching personas without deleting them', false)
    .option('--yes', 'delete all personas if the time is not in the past')
    .addHelpText(
      'after',
      '\nExamples:\n  $ persona-client purge --older-than 730d --dry-run\n  $ persona-client purge --older-than 2024-01-01 --timestamp-field created_at',
    )
    .action(purge);
}

/** Erases each persona. With several ids, continues after an error. */
async function erase(ids: readonly number[], { json, verify, ...options }: EraseOptions): Promise<void> {
  const { createPrivacy } = await import('../../collections/index.js');
  const { getExitCodeOfAll, runForEachId } = await import('../each-id.js');
  const { signal, dispose } = abortOnInterrupt();
  const outcomes: IdOutcome<ErasureReceipt>[] = [];
  await withClient(options, async (client) => {
    const privacy = createPrivacy(client);
    for await (const outcome of runForEachId(ids, (id) => privacy.erase(id, { verify, signal }))) {
      outcomes.push(outcome);
      if ('result' in outcome) await printResult(json, outcome.result, () => formatReceipt(outcome.result));
      else if (ids.length === 1) throw outcome.error;
      else
        await printResult(
          json,
          outcome,
          () => `Persona ${outcome.id}: ${escapeControls(describeItemError(outcome.error))}`,
        );
    }
  }).finally(dispose);
  const notTried = ids.filter((id) => !outcomes.some((outcome) => outcome.id === id));
  if (!json && notTried.length > 0) printToStderr(`Not tried: ${notTried.join(', ')}`);
  process.exitCode = getExitCodeOfAll(outcomes);
}

function formatReceipt({ id, existed, erased_at, verified_at }: ErasureReceipt): string {
  const verification = verified_at ? `verified at ${verified_at}` : 'not verified';
  return existed
    ? `Erased persona ${id} at ${erased_at}, ${verification}.`
    : `Persona ${id} did not exist, ${verification}.`;
}

async function purge({
  olderThan,
  timestampField,
  dryRun,
  yes,
  json,
  ...options
}: PurgeOptions): Promise<void> {
  if (olderThan.matchesAll && !dryRun && !yes)
    throw new InputError(
      'All personas are older than this time. Pass --yes to delete all of them, or --dry-run to count them. Nothing was deleted.',
    );
  const { createPrivacy } = await import('../../collections/index.js');
  const { signal, dispose } = abortOnInterrupt();
  const progress = new ProgressBar(dryRun ? 'Scanning' : 'Purging');
  let done = 0;
  let deleted = 0;
  const onPersona = ({ outcome }: PurgeCandidate) => {
    done += 1;
    if (outcome === 'deleted') deleted += 1;
    if (!json) progress.update({ done });
  };
  const purgeOptions = { olderThan: olderThan.time, timestampField, dryRun, onPersona, signal };
  const report = await withClient(options, (client) => createPrivacy(client).purge(purgeOptions))
    .catch((error) => {
      if (!signal.aborted) throw error;
      throw new InterruptError(`Interrupted. ${formatItems(deleted, 'persona')} deleted.`);
    })
    .finally(() => {
      dispose();
      progress.clear();
    });
  await printResult(json, report, () =>
    dryRun
      ? `${report.matched} of ${formatItems(report.scanned, 'persona')} match. Nothing was deleted.`
      : `Deleted ${report.deleted} of ${formatItems(report.scanned, 'persona')}. ${report.skipped} skipped because they changed during the purge, ${report.missing} already deleted, ${report.failed} failed.`,
  );
  if (!json && report.stopError) reportStop(report.stopError);
  else if (!json && !report.complete) printToStderr(describeIncomplete(report));
  if (report.stopError) process.exitCode = getExitCode(report.stopError);
  else if (report.failed > 0 || !report.complete) process.exitCode = EXIT.partial;
}

/** Parses an age in days or a date. A date without a time starts at midnight UTC. */
function parseCutoff(text: string): Cutoff {
  const [, days] = /^(\d{1,6})d$/.exec(text) ?? [];
  const now = Date.now();
  const time = days === undefined ? parseIsoTime(text) : now - Number(days) * DAY_MS;
  if (Number.isNaN(time))
    throw new InvalidArgumentError(
      'Expected days, such as 365d, or a date, such as 2024-01-31 or 2024-01-31T12:00:00Z.',
    );
  return { time: new Date(time), matchesAll: time >= now };
}

function parseTimestampField(text: string): TimestampField {
  if (text !== 'updated_at' && text !== 'created_at')
    throw new InvalidArgumentError('Expected updated_at or created_at.');
  return text;
}
