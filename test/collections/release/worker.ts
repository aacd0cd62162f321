/**
 * A run in a process of its own, there to be killed: `worker.ts <operation> <url> <journal> <count>`. Writes a dot per ten items,
 * then the summary.
 */
import { PersonaClient } from 'persona-client';
import { type CollectionRun, createMany, deleteMany, updateMany } from 'persona-client/collections';
import { fileJournal } from 'persona-client/node';
import { rows } from './rows.js';

const [operation, baseUrl = '', path = '', count = ''] = process.argv.slice(2);
const client = new PersonaClient({ baseUrl, breaker: false });
const options = { journal: fileJournal(path), concurrency: 16, landsWithinMs: 600 };

function* ids(): Generator<number> {
  for (let id = 1; id <= Number(count); id++) yield id;
}
function* changes() {
  for (const id of ids()) yield { id, data: { name: `Changed ${id}` } };
}

const runs: Record<string, () => CollectionRun<unknown, unknown>> = {
  create: () => createMany(client, rows(Number(count)), options),
  update: () => updateMany(client, changes(), options),
  delete: () => deleteMany(client, ids(), options),
};
const run = runs[operation ?? '']?.();
if (!run) throw new Error(`no operation ${operation}`);
for await (const { index, ...result } of run) {
  if ('error' in result) process.stderr.write(`${index} ${JSON.stringify(result.error)}\n`);
  if (index % 10 === 0) process.stdout.write('.');
}
process.stdout.write(`\n${JSON.stringify(run.summary)}\n`);
client.close();
