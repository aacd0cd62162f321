import { appendFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PersonaClient, PersonaValidationError } from 'persona-client';
import { createMany, deleteMany, type JournalEntry, updateMany } from 'persona-client/collections';
import { fileJournal } from 'persona-client/node';
import { describe, expect, it, onTestFinished } from 'vitest';
import { thrownBy } from '../../support/failures.js';
import { serve } from '../../support/service.js';
import { journalContract, mortal, type Place, ROWS } from '../../support/journal-contract.js';

const ADAS = ROWS.slice(0, 3);

async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'persona-client-journal-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'journal');
}

/** What a journal that is kept nowhere but here holds, and how to get at it. */
function inMemory(entries: JournalEntry[] = []): Place {
  let held = false;
  return () => ({
    open: async () => {
      if (held) throw new Error('in use by another run');
      held = true;
      return [...entries];
    },
    append: async (added) => {
      if (!held) throw new Error('is not open');
      entries.push(...structuredClone(added));
    },
    close: async () => {
      held = false;
    },
  });
}

const names = async (client: PersonaClient) =>
  (await client.personas.toArray()).map(({ name }) => name).toSorted();

describe('in memory', () => journalContract(async () => inMemory()));

describe('fileJournal', () => {
  journalContract(async () => {
    const path = await scratch();
    return () => fileJournal(path);
  });
});

it('does not take for its own what was there before, or came from an earlier item', async () => {
  const { connect } = await serve({ seed: false });
  const client = connect();
  await client.personas.create({ name: 'Ada' });
  const entries: JournalEntry[] = [];
  const dies = (entry: JournalEntry) => entry.type === 'intent' && entry.index === 1;
  await expect(
    createMany(client, ADAS, { concurrency: 1, journal: mortal(inMemory(entries)(), dies) }).finish(),
  ).rejects.toThrow();
  entries.push({ type: 'intent', index: 1, digest: DIGEST }); // noted, and never sent
  const run = createMany(client, ADAS, {
    concurrency: 1,
    lateWriteWindowMs: 50,
    journal: inMemory(entries)(),
  });
  expect(await run.finish()).toMatchObject({ done: 3, found: 0, resumed: 1 });
  expect(await names(client)).toEqual(['Ada', 'Ada', 'Ada', 'Ada']);
});

/** That of `{ name: 'Ada' }`, as a run of its own notes it. */
const DIGEST = await (async () => {
  const entries: JournalEntry[] = [];
  const journal = inMemory(entries)();
  const client = {
    personas: {
      list: async () => ({ items: [], pages: 0 }),
      create: async () => Promise.reject(new Error('no')),
    },
  };
  await createMany(client as never, [{ name: 'Ada' }], { journal })
    .finish()
    .catch(() => {});
  return entries.flatMap((entry) => (entry.type === 'intent' ? [entry.digest] : []))[0] ?? 0;
})();

it('sends a mended row, and refuses one that was changed although it is in', async () => {
  const { connect } = await serve({ seed: false });
  const client = connect();
  const entries: JournalEntry[] = [];
  const journal = () => inMemory(entries)();
  const first = await createMany(client, [{ name: 'Ada' }, { name: '' }], { journal: journal() }).finish();
  expect(first).toMatchObject({ done: 1, failed: 1 });
  const mended = await createMany(client, [{ name: 'Ada' }, { name: 'Grace' }], {
    journal: journal(),
  }).finish();
  expect(mended).toMatchObject({ done: 2, resumed: 1, failed: 0 });
  const changed = createMany(client, [{ name: 'Eve' }, { name: 'Grace' }], { journal: journal() }).finish();
  await expect(changed).rejects.toThrow('Item 0 is not the one that the journal knows');
  expect(await names(client)).toEqual(['Ada', 'Grace']);
});

it('belongs to one kind of run', async () => {
  const { connect } = await serve();
  const entries: JournalEntry[] = [];
  await updateMany(connect(), [{ id: 1, data: { name: 'Ada' } }], {
    journal: inMemory(entries)(),
  }).finish();
  const other = deleteMany(connect(), [1], { journal: inMemory(entries)() }).finish();
  await expect(other).rejects.toThrow('one of updateMany, not of deleteMany');
});

it('refuses to leave creates in doubt', async () => {
  const { connect } = await serve();
  const options = { journal: inMemory()(), onUnknownOutcome: 'throw' } as const;
  const { issues } = thrownBy(PersonaValidationError, () => createMany(connect(), [], options));
  expect(issues.map(({ path }) => path)).toEqual([['onUnknownOutcome']]);
});

it('does not create again what it could not find, where answers do not hold what was written', async () => {
  const { connect } = await serve({ seed: false });
  const client = connect({ redact: ['demographic.city'] } as object);
  const entries: JournalEntry[] = [];
  let intents = 0;
  const dies = (entry: JournalEntry) => entry.type === 'done' && intents++ > 0;
  const rows = [
    { name: 'Ada', demographic: { city: 'London' } },
    { name: 'Grace', demographic: { city: 'New York' } },
  ];
  await expect(
    createMany(client, rows, { concurrency: 1, journal: mortal(inMemory(entries)(), dies) }).finish(),
  ).rejects.toThrow();
  const results: unknown[] = [];
  for await (const { ok, ...result } of createMany(client, rows, {
    lateWriteWindowMs: 20,
    journal: inMemory(entries)(),
  }))
    results.push(ok || ('error' in result && result.error.maybeApplied));
  expect(results).toEqual([true, true]);
  expect((await client.personas.list()).total).toBe(2);
});

describe('a journal in a file', () => {
  it('keeps no data of personas, for its owner alone', async () => {
    const { connect } = await serve({ seed: false });
    const path = await scratch();
    await createMany(connect(), ROWS, { journal: fileJournal(path, { sync: true }) }).finish();
    expect(await readFile(path, 'utf8')).not.toMatch(/Ada|Grace|London|compilers/);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('drops a last line that was cut off, at any byte', async () => {
    const { connect } = await serve({ seed: false });
    const client = connect();
    const path = await scratch();
    await createMany(client, ROWS, { concurrency: 1, journal: fileJournal(path) }).finish();
    const whole = await readFile(path);
    const last = whole.lastIndexOf('\n', whole.length - 2) + 1;
    for (let size = whole.length - 1; size >= last; size -= 5) {
      await writeFile(path, whole);
      await truncate(path, size);
      const run = createMany(client, ROWS, { lateWriteWindowMs: 0, journal: fileJournal(path) });
      expect(await run.finish(), `${size} bytes`).toMatchObject({ done: 4, failed: 0 });
    }
    expect((await client.personas.list()).total).toBe(4);
  });

  it.each(['{"type":"done","index":1', 'null', '5', '[]', 'hello'])(
    'refuses a damaged line: %s',
    async (line) => {
      const { connect, service } = await serve({ seed: false });
      const path = await scratch();
      await createMany(connect(), ROWS, { journal: fileJournal(path) }).finish();
      await appendFile(path, `${line}\n`);
      const sent = service.requests.length;
      const run = createMany(connect(), ROWS, { journal: fileJournal(path) });
      await expect(run.finish()).rejects.toThrow('not a journal, or was damaged');
      expect(service.requests.length).toBe(sent);
    },
  );
});
