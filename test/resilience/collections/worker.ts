/**
 * A run in a process of its own, there to be killed: `worker.ts <operation> <url> <journal> <count> [reach]`. Writes a dot per call
 * that ended, then the summary; with `reach` it waits after so many items.
 */
import { once } from 'node:events';
import { PersonaClient } from 'persona-client';
import { type CollectionRun, createMany, deleteMany, updateMany } from 'persona-client/collections';
import { fileJournal } from 'persona-client/node';
import { rows, withheld } from './rows.js';

const [operation, baseUrl = '', path = '', count = '', reach = 'Infinity'] = process.argv.slice(2);
const client = new PersonaClient({ baseUrl, breaker: false });
client.on('callEnd', () => process.stdout.write('.'));
const options = { journal: fileJournal(path), concurrency: 16, lateWriteWindowMs: 600 };

/** It ends by itself with whoever started it. */
const orphaned = () => once(process.stdin.resume(), 'end');
const upToReach = <T>(items: Iterable<T>) => withheld(items, Number(reach), orphaned);
function* ids(): Generator<number> {
  for (let id = 1; id <= Number(count); id++) yield id;
}
function* changes() {
  for (const id of ids()) yield { id, data: { name: `Changed ${id}` } };
}

const runs: Record<string, () => CollectionRun<unknown, unknown>> = {
  create: () => createMany(client, upToReach(rows(Number(count))), options),
  update: () => updateMany(client, upToReach(changes()), options),
  delete: () => deleteMany(client, upToReach(ids()), options),
};
const run = runs[operation ?? '']?.();
if (!run) throw new Error(`no operation ${operation}`);
for await (const { index, ...result } of run) {
  if ('error' in result) process.stderr.write(`${index} ${JSON.stringify(result.error)}\n`);
}
process.stdout.write(`\n${JSON.stringify(run.summary)}\n`);
client.close();
