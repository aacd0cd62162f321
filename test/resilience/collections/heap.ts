/**
 * Creates generated personas against a service that responds immediately: `heap.ts <count> [journal]`. Prints the number of created
 * personas, and the largest heap size measured after a garbage collection.
 */
import { PersonaClient } from 'persona-client';
import { createMany } from 'persona-client/collections';
import { fileJournal } from 'persona-client/node';
import { rows } from './rows.js';

const ITEMS_PER_SAMPLE = 500;

const [count = '', journal] = process.argv.slice(2);
const { gc } = globalThis;
if (!gc) throw new Error('Run this program with --expose-gc.');

let lastId = 0;
const respond = (status: number, body: object) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
const now = '2026-01-01T00:00:00.000000';

const client = new PersonaClient({
  dialect: 'subresource',
  fetch: async (input, init) => {
    const request = new Request(input, init);
    if (request.method !== 'POST') return respond(200, { personas: [], total: 0, page: 1, per_page: 100 });
    const body = (await request.json()) as object;
    return respond(201, { ...body, id: ++lastId, created_at: now, updated_at: now });
  },
});

const run = createMany(client, rows(Number(count)), journal ? { journal: fileJournal(journal) } : {});
let peakBytes = 0;
for await (const result of run) {
  if (!result.ok) throw result.error;
  if (result.index % ITEMS_PER_SAMPLE !== ITEMS_PER_SAMPLE - 1) continue;
  gc();
  peakBytes = Math.max(peakBytes, process.memoryUsage().heapUsed);
}
process.stdout.write(JSON.stringify({ succeeded: run.summary.succeeded, peakBytes }));
client.close();
