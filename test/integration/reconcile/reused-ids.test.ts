import { createMany, type JournalEntry } from 'persona-client/collections';
import { expect, it } from 'vitest';
import { memoryJournal } from '../../support/memory-journal.js';
import { createTestClient, NO_BACKOFF } from '../../support/service.js';

interface Row {
  readonly id: number;
  readonly name: string;
  readonly created_at: string;
  readonly updated_at: string;
}

/** A service that gives the id of the newest persona, once deleted, to the next one, as SQLite does. */
function createReusingService() {
  const rows: Row[] = [];
  const state = { lostResponses: 0, creates: 0 };
  let ticks = 0;
  const now = () => new Date(Date.now()).toISOString().replace('Z', String(ticks++ % 1_000).padStart(3, '0'));
  const fetch = async (url: unknown, init?: RequestInit) => {
    const id = Number(/personas\/(\d+)/.exec(String(url))?.[1]);
    if (init?.method === 'DELETE') {
      rows.splice(
        rows.findIndex((row) => row.id === id),
        1,
      );
      return Response.json({ message: `Persona with ID ${id} deleted successfully` });
    }
    if (init?.method !== 'POST')
      return Response.json({ personas: rows.toReversed(), total: rows.length, page: 1, per_page: 100 });
    state.creates++;
    const { name } = JSON.parse(await new Response(init.body as BodyInit).text()) as Row;
    const created_at = now();
    const row = { id: 1 + (rows.at(-1)?.id ?? 0), name, created_at, updated_at: created_at };
    rows.push(row);
    if (state.lostResponses-- > 0) throw new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } });
    return Response.json(row, { status: 201 });
  };
  const client = createTestClient({
    fetch,
    dialect: 'subresource',
    breaker: false,
    cache: false,
    retry: NO_BACKOFF,
    lateWriteWindowMs: 20,
    onUnknownOutcome: 'reconcile',
  });
  return { client, rows, state };
}

it('personas.create finds a lost persona that has the id of a deleted one', async () => {
  const { client, rows, state } = createReusingService();
  const first = await client.personas.create({ name: 'Ada' });
  await client.personas.delete(first.id);
  state.lostResponses = 1;
  const { data, meta } = await client.withMeta.personas.create({ name: 'Ada' });
  expect(meta.source).toBe('reconciled');
  expect(data.id).toBe(first.id);
  expect(rows).toHaveLength(1);
});

it('createMany finds a lost persona that has the id of one that it created, or that existed before', async () => {
  const { client, rows, state } = createReusingService();
  await client.personas.create({ name: 'Ada' });
  const entries: JournalEntry[] = [];
  const items = async function* () {
    yield { name: 'Ada' };
    while (rows.length < 2) await new Promise(setImmediate);
    for (const { id } of rows.toReversed()) await client.personas.delete(id);
    state.lostResponses = 2;
    yield { name: 'Ada' };
    yield { name: 'Ada' };
  };
  const run = createMany(client, items(), {
    journal: memoryJournal(entries)(),
    concurrency: 1,
    lateWriteWindowMs: 20,
  });
  expect(await run.finish()).toMatchObject({ succeeded: 3, reconciled: 2 });
  expect(rows.map(({ id }) => id)).toEqual([1, 2]);
});

it('a journal of an earlier version, which identifies personas by id alone or by milliseconds, stays readable', async () => {
  const { client, rows, state } = createReusingService();
  const existing = await client.personas.create({ name: 'Ada' });
  const applied = await client.personas.create({ name: 'Ada' });
  const items = [{ name: 'Ada' }, { name: 'Ada' }];
  const entries: JournalEntry[] = [];
  const fresh: JournalEntry[] = [];
  await createMany(client, items, { journal: memoryJournal(fresh)() }).finish();
  const digest = fresh.flatMap((entry) => (entry.type === 'intent' ? [entry.digest] : []))[0] ?? 0;
  for (const { id } of rows.slice(2)) await client.personas.delete(id);
  entries.push(
    {
      type: 'start',
      version: 1,
      operation: 'create',
      serviceTime: Date.parse(existing.updated_at),
      existingIds: [existing.id],
    },
    { type: 'intent', index: 0, digest },
    { type: 'applied', index: 0, id: applied.id, appliedAt: Date.parse(applied.created_at) },
    { type: 'intent', index: 1, digest },
  );
  state.creates = 0;
  const run = createMany(client, items, { journal: memoryJournal(entries)(), lateWriteWindowMs: 20 });
  expect(await run.finish()).toMatchObject({ succeeded: 2, resumed: 1, reconciled: 0 });
  expect(state.creates).toBe(1);
});
