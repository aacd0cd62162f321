/**
 * A bulk operation in its own process: `worker.ts <operation> <url> <journal> <count> [pauseAfter]`. Prints a dot per finished call, then the
 * summary. Pauses after `pauseAfter` items, so that the test can kill it.
 */
import { once } from 'node:events';
import { PersonaClient } from 'persona-client';
import { type CollectionRun, createMany, deleteMany, updateMany } from 'persona-client/collections';
import { fileJournal } from 'persona-client/node';
import { rows, yieldThenWait } from './rows.js';

const [operation, baseUrl = '', path = '', count = '', pauseAfter = 'Infinity'] = process.argv.slice(2);
const client = new PersonaClient({ baseUrl, breaker: false });
client.on('callEnd', () => process.stdout.write('.'));
const options = { journal: fileJournal(path), concurrency: 16, lateWriteWindowMs: 600 };

/** Resolves when the parent process exits. */
const parentExit = () => once(process.stdin.resume(), 'end');
const pauseAtLimit = <T>(items: Iterable<T>) => yieldThenWait(items, Number(pauseAfter), parentExit);
function* ids(): Generator<number> {
  for (let id = 1; id <= Number(count); id++) yield id;
}
function* updates() {
  for (const id of ids()) yield { id, data: { name: `Changed ${id}` } };
}

const runs: Record<string, () => CollectionRun<unknown, unknown>> = {
  create: () => createMany(client, pauseAtLimit(rows(Number(count))), options),
  update: () => updateMany(client, pauseAtLimit(updates()), options),
  delete: () => deleteMany(client, pauseAtLimit(ids()), options),
};
const run = runs[operation ?? '']?.();
if (!run) throw new Error(`Unknown operation ${operation}.`);
for await (const { index, ...result } of run) {
  if ('error' in result) process.stderr.write(`${index} ${JSON.stringify(result.error)}\n`);
}
process.stdout.write(`\n${JSON.stringify(run.summary)}\n`);
client.close();
