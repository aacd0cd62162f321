import { randomUUID } from 'node:crypto';
import {
  appendFile,
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type PersonaClient, PersonaValidationError } from 'persona-client';
import { createMany, deleteMany, type JournalEntry, updateMany } from 'persona-client/collections';
import { fileJournal } from 'persona-client/node';
import { describe, expect, it, onTestFinished } from 'vitest';
import { expectThrow } from '../../support/failures.js';
import { journalContract, ROWS, simulateCrash } from '../../support/journal-contract.js';
import { memoryJournal } from '../../support/memory-journal.js';
import { listNames, startService } from '../../support/service.js';

const SAME_NAME = ROWS.slice(0, 3);

/** A path in a temporary folder. */
async function temporaryPath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'persona-client-journal-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'journal');
}

describe('memory journal', () => journalContract(async () => memoryJournal()));

describe('fileJournal', () => {
  journalContract(async () => {
    const path = await temporaryPath();
    return () => fileJournal(path);
  });
});

it('does not mistake an existing persona, or one of another item, for a lost create', async () => {
  const { connect } = await startService({ seed: false });
  const client = connect();
  await client.personas.create({ name: 'Ada' });
  const entries: JournalEntry[] = [];
  const isSecondIntent = (entry: JournalEntry) => entry.type === 'intent' && entry.index === 1;
  await expect(
    createMany(client, SAME_NAME, {
      concurrency: 1,
      journal: simulateCrash(memoryJournal(entries)(), isSecondIntent),
    }).finish(),
  ).rejects.toThrow();
  entries.push({ type: 'intent', index: 1, digest: DIGEST }); // recorded but never sent
  const run = createMany(client, SAME_NAME, {
    concurrency: 1,
    lateWriteWindowMs: 50,
    journal: memoryJournal(entries)(),
  });
  expect(await run.finish()).toMatchObject({ succeeded: 3, reconciled: 0, resumed: 1 });
  expect(await listNames(client)).toEqual(['Ada', 'Ada', 'Ada', 'Ada']);
});

/** The digest that a run records for `{ name: 'Ada' }`. */
const DIGEST = await (async () => {
  const entries: JournalEntry[] = [];
  const journal = memoryJournal(entries)();
  const client = {
    personas: {
      list: async () => ({ items: [], pages: 0 }),
      create: async () => Promise.reject(new Error('no')),
    },
  };
  await createMany(client as unknown as PersonaClient, [{ name: 'Ada' }], { journal })
    .finish()
    .catch(() => {});
  return entries.flatMap((entry) => (entry.type === 'intent' ? [entry.digest] : []))[0] ?? 0;
})();

it('sends a corrected row, and rejects a changed row that was already applied', async () => {
  const { connect } = await startService({ seed: false });
  const client = connect();
  const entries: JournalEntry[] = [];
  const journal = () => memoryJournal(entries)();
  const first = await createMany(client, [{ name: 'Ada' }, { name: '' }], { journal: journal() }).finish();
  expect(first).toMatchObject({ succeeded: 1, failed: 1 });
  const corrected = await createMany(client, [{ name: 'Ada' }, { name: 'Grace' }], {
    journal: journal(),
  }).finish();
  expect(corrected).toMatchObject({ succeeded: 2, resumed: 1, failed: 0 });
  const changed = createMany(client, [{ name: 'Eve' }, { name: 'Grace' }], { journal: journal() }).finish();
  await expect(changed).rejects.toThrow('Item 0 differs from the item in the journal');
  expect(await listNames(client)).toEqual(['Ada', 'Grace']);
});

it('rejects a journal of another operation', async () => {
  const { connect } = await startService();
  const entries: JournalEntry[] = [];
  await updateMany(connect(), [{ id: 1, data: { name: 'Ada' } }], {
    journal: memoryJournal(entries)(),
  }).finish();
  const other = deleteMany(connect(), [1], { journal: memoryJournal(entries)() }).finish();
  await expect(other).rejects.toThrow('belongs to updateMany, so deleteMany cannot use it');
});

it("rejects onUnknownOutcome: 'throw' with a journal", async () => {
  const { connect } = await startService();
  const options = { journal: memoryJournal()(), onUnknownOutcome: 'throw' } as const;
  const { issues } = expectThrow(PersonaValidationError, () => createMany(connect(), [], options));
  expect(issues.map(({ path }) => path)).toEqual([['onUnknownOutcome']]);
});

it('does not repeat a lost create if responses differ from what was sent', async () => {
  const { connect } = await startService({ seed: false });
  const client = connect({ redact: ['demographic.city'] } as object);
  const entries: JournalEntry[] = [];
  let appliedCount = 0;
  const isSecondApplied = (entry: JournalEntry) => entry.type === 'applied' && appliedCount++ > 0;
  const rows = [
    { name: 'Ada', demographic: { city: 'London' } },
    { name: 'Grace', demographic: { city: 'New York' } },
  ];
  await expect(
    createMany(client, rows, {
      concurrency: 1,
      journal: simulateCrash(memoryJournal(entries)(), isSecondApplied),
    }).finish(),
  ).rejects.toThrow();
  const results: unknown[] = [];
  for await (const { ok, ...result } of createMany(client, rows, {
    lateWriteWindowMs: 20,
    journal: memoryJournal(entries)(),
  }))
    results.push(ok || ('error' in result && result.error.maybeApplied));
  expect(results).toEqual([true, true]);
  expect((await client.personas.list()).total).toBe(2);
});

describe('fileJournal', () => {
  it('contains no persona data, and only its owner can read it', async () => {
    const { connect } = await startService({ seed: false });
    const path = await temporaryPath();
    await createMany(connect(), ROWS, { journal: fileJournal(path, { sync: true }) }).finish();
    expect(await readFile(path, 'utf8')).not.toMatch(/Ada|Grace|London|compilers/);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it.skipIf(process.platform === 'win32')('is refused if other users can change it', async () => {
    const { connect } = await startService({ seed: false });
    for (const mode of [0o620, 0o602, 0o666]) {
      const path = await temporaryPath();
      await writeFile(path, '');
      await chmod(path, mode);
      const run = createMany(connect(), ROWS, { journal: fileJournal(path) }).finish();
      await expect(run).rejects.toThrow('Other users can change');
    }
  });

  it('is accepted if other users can only read it', async () => {
    const { connect } = await startService({ seed: false });
    const path = await temporaryPath();
    await writeFile(path, '');
    await chmod(path, 0o644);
    const { succeeded } = await createMany(connect(), ROWS, { journal: fileJournal(path) }).finish();
    expect(succeeded).toBe(ROWS.length);
  });

  it.skipIf(process.geteuid?.() !== 0)('is refused if it or its lock belongs to another user', async () => {
    const { connect } = await startService({ seed: false });
    for (const suffix of ['', '.lock']) {
      const path = await temporaryPath();
      await writeFile(`${path}${suffix}`, '');
      await chown(`${path}${suffix}`, 65_534, 65_534);
      const run = createMany(connect(), ROWS, { journal: fileJournal(path) }).finish();
      await expect(run).rejects.toThrow(`${path}${suffix} belongs to another user`);
    }
  });

  it.each(['', ' ', 'a\0b'])('rejects the path %j', (path) => {
    expect(() => fileJournal(path)).toThrow(new TypeError('fileJournal: path must be the path of a file'));
  });

  it('rejects a lock that is not an empty file, and does not change it', async () => {
    const { connect, service } = await startService({ seed: false });
    const text = (lock: string) => writeFile(lock, 'a lock of another program');
    const database = async (lock: string) => {
      const bills = new DatabaseSync(lock);
      onTestFinished(() => bills.close());
      bills.exec('PRAGMA journal_mode = WAL; CREATE TABLE bills (x)');
    };
    for (const [createLock, reason] of [
      [text, 'it is not an empty file'],
      [database, 'it is not an empty file'],
      [mkdir, 'is not a regular file. Nothing was sent'],
    ] as const) {
      const path = await temporaryPath();
      await createLock(`${path}.lock`);
      const before = await readdir(dirname(path));
      const run = createMany(connect(), ROWS, { journal: fileJournal(path) }).finish();
      await expect(run).rejects.toThrow(reason);
      expect(await readdir(dirname(path))).toEqual(before);
    }
    expect(service.requests.filter(({ method }) => method === 'POST')).toEqual([]);
  });

  it('names the lock that cannot be created', async () => {
    const { connect } = await startService({ seed: false });
    const path = join(await temporaryPath(), 'journal');
    const run = createMany(connect(), ROWS, { journal: fileJournal(path) }).finish();
    await expect(run).rejects.toThrow(
      `Cannot lock ${path}.lock: unable to open database file. Nothing was sent`,
    );
  });

  it.skipIf(process.platform === 'win32')('reads a path that looks like a URI as a path', async () => {
    const { connect } = await startService({ seed: false });
    const path = `file:${randomUUID()}.journal?mode=memory`;
    onTestFinished(() => rm(path));
    onTestFinished(() => rm(`${path}.lock`));
    await createMany(connect(), ROWS, { journal: fileJournal(path) }).finish();
    expect((await readdir('.')).filter((name) => name.startsWith('file:')).sort()).toEqual([
      path,
      `${path}.lock`,
    ]);
  });

  it('discards a last line that was cut off at any byte', async () => {
    const { connect } = await startService({ seed: false });
    const client = connect();
    const path = await temporaryPath();
    await createMany(client, ROWS, { concurrency: 1, journal: fileJournal(path) }).finish();
    const content = await readFile(path);
    const lastLine = content.lastIndexOf('\n', content.length - 2) + 1;
    for (let size = content.length - 1; size >= lastLine; size -= 5) {
      await writeFile(path, content);
      await truncate(path, size);
      const run = createMany(client, ROWS, { lateWriteWindowMs: 0, journal: fileJournal(path) });
      expect(await run.finish(), `${size} bytes`).toMatchObject({ succeeded: 4, failed: 0 });
    }
    expect((await client.personas.list()).total).toBe(4);
  });

  it.each(['{"type":"applied","index":1', 'null', '5', '[]', 'hello'])(
    'rejects a damaged line: %s',
    async (line) => {
      const { connect, service } = await startService({ seed: false });
      const path = await temporaryPath();
      await createMany(connect(), ROWS, { journal: fileJournal(path) }).finish();
      await appendFile(path, `${line}\n`);
      const requestCount = service.requests.length;
      const run = createMany(connect(), ROWS, { journal: fileJournal(path) });
      await expect(run.finish()).rejects.toThrow('is not a journal or is damaged');
      expect(service.requests.length).toBe(requestCount);
    },
  );
});
