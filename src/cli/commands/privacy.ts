import { type Command, InvalidArgumentError } from 'commander';
import { interruption, type ServiceFlags, wholeNumber, withClient, withService } from '../connect.js';
import { EXIT } from '../exit-codes.js';
import { ProgressReport } from '../progress.js';
import { answer, note } from '../terminal.js';

interface EraseFlags extends ServiceFlags {
  readonly verify: boolean;
}

interface PurgeFlags extends ServiceFlags {
  readonly olderThan: Date;
  readonly by: 'updated_at' | 'created_at';
  readonly dryRun?: boolean;
}

const DAY_MS = 86_400_000;

/** `persona-client erase` and `purge`. */
export function addPrivacy(program: Command): void {
  withService(program.command('erase'))
    .argument('<ids...>', 'of the personas', (text: string, others: readonly number[] = []) => [
      ...others,
      wholeNumber(1, Number.MAX_SAFE_INTEGER)(text),
    ])
    .description('delete personas, read each back to see that it is gone, and print a receipt for each')
    .option('--no-verify', 'do not read back')
    .addHelpText(
      'after',
      '\nReceipts hold nothing of a persona but its id.\n\nExamples:\n  $ persona-client erase 17\n  $ persona-client erase 17 18 --json > receipts.ndjson',
    )
    .action(erase);

  withService(program.command('purge'))
    .description('delete all personas that were not updated since a time')
    .requiredOption(
      '--older-than <time>',
      'days, such as 365d, or a date: 2024-01-31, or ISO 8601 with a zone',
      time,
    )
    .option('--by <column>', 'the time that counts: updated_at or created_at', column, 'updated_at')
    .option('--dry-run', 'only count them')
    .addHelpText(
      'after',
      '\nExamples:\n  $ persona-client purge --older-than 730d --dry-run\n  $ persona-client purge --older-than 2024-01-01 --by created_at',
    )
    .action(purge);
}

async function erase(ids: readonly number[], { json, verify, ...flags }: EraseFlags): Promise<void> {
  const { privacyOf } = await import('../../collections/index.js');
  await withClient(flags, async (client) => {
    for (const id of ids) {
      const receipt = await privacyOf(client).erase(id, { verify });
      const proof = receipt.verified_at
        ? `read back and not there at ${receipt.verified_at}`
        : 'not read back';
      await answer(json, receipt, () =>
        receipt.existed
          ? `Erased ${id}: gone at ${receipt.erased_at}, ${proof}`
          : `${id} did not exist: ${proof}`,
      );
    }
  });
}

async function purge({ olderThan, by, dryRun = false, json, ...flags }: PurgeFlags): Promise<void> {
  const { privacyOf } = await import('../../collections/index.js');
  const { signal, end } = interruption();
  const progress = new ProgressReport(dryRun ? 'Looking' : 'Purging');
  let done = 0;
  const onPersona = () => {
    done += 1;
    if (!json) progress.update({ done });
  };
  const report = await withClient(flags, (client) =>
    privacyOf(client).purge({ olderThan, by, dryRun, onPersona, signal }),
  ).finally(end);
  await answer(json, report, () =>
    dryRun
      ? `${report.matched} of ${report.examined} personas are older; none was deleted.`
      : `Deleted ${report.deleted} of ${report.examined} personas; ${report.kept} were updated meanwhile, ${report.gone} gone already, ${report.failed} failed.`,
  );
  if (!report.complete && !json)
    note('Others were writing all the while: some personas may not have been looked at. Purge again.');
  if (report.failed > 0 || !report.complete) process.exitCode = EXIT.partial;
}

/** A day begins at midnight UTC, as the service counts. */
function time(text: string): Date {
  const [, days] = /^(\d{1,6})d$/.exec(text) ?? [];
  if (days !== undefined) return new Date(Date.now() - Number(days) * DAY_MS);
  const zoned = /^\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:?\d\d))?$/.test(text) ? new Date(text) : undefined;
  if (zoned === undefined || Number.isNaN(zoned.getTime()))
    throw new InvalidArgumentError('Give days as 365d, or a date as 2024-01-31 or 2024-01-31T12:00:00Z.');
  return zoned;
}

function column(text: string): 'updated_at' | 'created_at' {
  if (text !== 'updated_at' && text !== 'created_at')
    throw new InvalidArgumentError('Give updated_at or created_at.');
  return text;
}
