/**
 * A run over personas that are made as they are asked for, with a service that answers at once: `heap.ts <count> [journal]`. Prints the
 * largest heap after a collection in its course, and what is in it at most while it begins.
 */
import { PersonaClient } from 'persona-client';
import { createMany } from 'persona-client/collections';
import { fileJournal } from 'persona-client/node';
import { rows } from './rows.js';

const ITEMS_BETWEEN = 500;

const [count = '', journal] = process.argv.slice(2);
const { gc } = globalThis;
if (!gc) throw new Error('run it with --expose-gc');

let id = 0;
const answer = (status: number, body: object) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
const now = '2026-01-01T00:00:00.000000';

const client = new PersonaClient({
  dialect: 'subresource',
  fetch: async (input, init) => {
    const request = new Request(input, init);
    if (request.method !== 'POST') return answer(200, { personas: [], total: 0, page: 1, per_page: 100 });
    const written = (await request.json()) as object;
    return answer(201, { ...written, id: ++id, created_at: now, updated_at: now });
  },
});

const run = createMany(client, rows(Number(count)), journal ? { journal: fileJournal(journal) } : {});
let peak = 0;
for await (const result of run) {
  if (!result.ok) throw result.error;
  if (result.index % ITEMS_BETWEEN !== ITEMS_BETWEEN - 1) continue;
  gc();
  peak = Math.max(peak, process.memoryUsage().heapUsed);
}
process.stdout.write(JSON.stringify({ done: run.summary.done, peak }));
client.close();
