import * as fc from 'fast-check';
import {
  type Persona,
  PersonaClient,
  PersonaIncompleteListError,
  PersonaValidationError,
} from 'persona-client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ChangingList } from '../../support/changing-list.js';
import { expectRejection } from '../../support/failures.js';
import { ListedService } from '../../support/listed-service.js';
import { startService } from '../../support/service.js';

const MINUTE_MS = 60_000;

function connect(fetch: unknown) {
  const client = new PersonaClient({ fetch: fetch as typeof globalThis.fetch, dialect: 'subresource' });
  onTestFinished(() => client.close());
  return client;
}

/** A list of personas, each updated a minute after the one before it. */
function createList(count: number): ChangingList {
  const list = new ChangingList();
  for (let index = 0; index < count; index++) {
    list.nowMs += MINUTE_MS;
    list.create(`persona ${index + 1}`);
  }
  return list;
}

const iso = (ms: number) => new Date(ms).toISOString();

async function read(client: PersonaClient, updatedSince: Date | string, perPage = 2) {
  const iterator = client.personas.iterate({ updatedSince, perPage });
  const ids: number[] = [];
  for await (const { id } of iterator) ids.push(id);
  return { ids, report: iterator.report };
}

describe('personas.iterate with updatedSince', () => {
  it('yields the personas updated since then, and reads only their pages', async () => {
    const list = createList(100);
    const client = connect(list.fetch);
    const { ids, report } = await read(client, iso(list.nowMs - 2 * MINUTE_MS), 10);
    expect(ids).toEqual([100, 99, 98]);
    expect(list.requests).toBe(1);
    expect(report).toMatchObject({ complete: true, yielded: 3, total: 100, unseen: 0, scans: 1 });
  });

  it.each([
    ['the same millisecond', 0, [3]],
    ['one millisecond later', 1, []],
  ])('includes a persona updated at %s', async (_, offsetMs, expected) => {
    const list = createList(3);
    expect((await read(connect(list.fetch), new Date(list.nowMs + offsetMs))).ids).toEqual(expected);
  });

  it('compares the time, not the text: other time zones and digits', async () => {
    const list = createList(3);
    const client = connect(list.fetch);
    const inParis = `${iso(list.nowMs + 60 * MINUTE_MS).slice(0, -1)}+01:00`;
    expect((await read(client, inParis)).ids).toEqual([3]);
    expect((await read(client, iso(list.nowMs).replace('.000', ''))).ids).toEqual([3]);
    expect((await read(client, '1970-01-01')).ids).toEqual([3, 2, 1]);
  });

  it('yields all personas with equal times, on any number of pages', async () => {
    const list = new ChangingList();
    for (let index = 0; index < 25; index++) list.create('same time');
    const { ids, report } = await read(connect(list.fetch), iso(list.nowMs));
    expect(ids.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
    expect(report.complete).toBe(true);
  });

  it('reads what moved during a scan, without a second scan of the others', async () => {
    const list = createList(1_000);
    const client = connect(list.fetch);
    list.onRequest = () => {
      if (list.requests !== 3) return;
      list.nowMs += MINUTE_MS;
      list.update(910, 'moved to the front before its page was read');
    };
    const { ids, report } = await read(client, iso(list.nowMs - 99 * MINUTE_MS), 10);
    expect(ids).toContain(910);
    expect(ids).toHaveLength(100);
    expect(report).toMatchObject({ complete: true, scans: 2 });
    expect(list.requests).toBe(18); // 17 pages of up to 10, which overlap, and the first page again, with the persona that moved
  });

  describe.each([
    ['rows and count', false],
    ['count and rows', true],
  ])('deletions between the queries of a request, %s', (_, countsFirst) => {
    const requests = [1, 2, 3, 4, 5, 6, 7, 8];
    const cases = requests.flatMap((request) => [
      { request, recreates: false },
      { request, recreates: true },
    ]);
    it.each(cases)('hide no row: %o', async ({ request, recreates }) => {
      const list = new ChangingList(countsFirst);
      list.rows = createList(60).rows;
      list.nowMs += 60 * MINUTE_MS;
      const newest = [60, 59, 58];
      list.betweenQueries = () => {
        if (list.requests === request) for (const id of newest) list.delete(id);
      };
      list.onRequest = () => {
        if (recreates && list.requests === request + 1)
          for (const name of newest) list.create(`${name} again`); // the total is as before
      };
      const { ids, report } = await read(connect(list.fetch), new Date(0), 10);
      for (let id = 1; id <= 57; id++) expect(ids).toContain(id);
      expect(report.complete).toBe(true);
    });
  });

  it('hides no row if more rows are deleted during each request than a page has', async () => {
    const list = createList(100);
    list.onRequest = () => {
      const newest = list.rows.toSorted((a, b) => b.updatedMs - a.updatedMs);
      if (list.requests % 3 === 0) for (const { id } of newest.slice(0, 12)) list.delete(id);
    };
    const { ids } = await read(connect(list.fetch), new Date(0), 10);
    for (const { id } of list.rows) expect(ids).toContain(id);
  });

  it.each([1, 10, 50])('needs at most twice the requests if each one deletes %i rows', async (count) => {
    const list = createList(2_000);
    list.onRequest = () => {
      const newest = list.rows.toSorted((a, b) => b.updatedMs - a.updatedMs);
      for (const { id } of newest.slice(0, count)) list.delete(id);
    };
    const { ids, report } = await read(connect(list.fetch), new Date(0), 100);
    for (const { id } of list.rows) expect(ids).toContain(id);
    expect(report.complete).toBe(true);
    expect(list.requests).toBeLessThanOrEqual(40);
  });

  it('yields writes that become visible late, among rows that it has read', async () => {
    const list = createList(100);
    list.nowMs += MINUTE_MS;
    for (let index = 0; index < 30; index++) list.create('in the last minute', index * 1_000);
    list.onRequest = () => {
      if (list.requests !== 4) return;
      list.nowMs += 1_000;
      list.update(100, 'moved to the front');
      list.update(1, 'waited for the database', 15_000);
      list.update(2, 'waited for the database', 15_000);
    };
    const { ids, report } = await read(connect(list.fetch), new Date(0), 10);
    expect(ids.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 130 }, (_, index) => index + 1));
    expect(report.complete).toBe(true);
  });

  it('yields rows that moved during the scan behind rows with times in the future', async () => {
    const list = createList(100);
    const nowMs = Date.now();
    list.nowMs = nowMs + 1e9;
    for (let id = 96; id <= 100; id++) list.update(id, 'by a wrong clock');
    list.nowMs = nowMs;
    list.onRequest = () => {
      if (list.requests !== 60) return;
      for (let id = 1; id <= 30; id++) list.update(id, 'moved');
      list.delete(99);
    };
    const { ids, report } = await read(connect(list.fetch), new Date(0), 2);
    for (const { id } of list.rows) expect(ids).toContain(id);
    expect(report.complete).toBe(true);
  });

  it.each([1, 25, 50])('reads a service with a fixed page size while it deletes %i rows', async (count) => {
    const service = new ListedService({
      dialect: 'attributes',
      rewriteQuery: ({ page }) => ({ page, perPage: 20 }),
      beforeList: ({ listRequests }) => {
        if (listRequests === 4) for (let id = 151; id <= 150 + count; id++) service.delete(id);
      },
    });
    for (let index = 0; index < 200; index++) service.create('x');
    const { ids, report } = await read(connect(service.fetch), new Date(0), 50);
    for (const id of service.visibleIds) expect(ids).toContain(id);
    expect(report.complete).toBe(true);
  });

  it('reads past more hidden rows than a page has', async () => {
    const service = new ListedService({ dialect: 'subresource' });
    for (let index = 0; index < 100; index++) service.create('x', index >= 40 && index < 70);
    const { ids, report } = await read(connect(service.fetch), new Date(0), 10);
    expect(ids.toSorted((a, b) => b - a)).toEqual(service.visibleIds);
    expect(report).toMatchObject({ complete: false, incompleteReason: 'hidden', unseen: 30 });
    expect(Date.parse(report.nextUpdatedSince ?? '')).toBeGreaterThan(0);
  });

  it('yields another persona that got the id of a yielded one', async () => {
    const list = createList(5);
    list.onRequest = () => {
      if (list.requests !== 2) return;
      list.nowMs += MINUTE_MS;
      list.delete(5);
      list.create('another persona with the same id');
    };
    const iterator = connect(list.fetch).personas.iterate({ updatedSince: new Date(0), perPage: 2 });
    const personas: Persona[] = [];
    for await (const persona of iterator) personas.push(persona);
    expect(personas.filter(({ id }) => id === 5).map(({ name }) => name)).toEqual([
      'persona 5',
      'another persona with the same id',
    ]);
  });

  it('reads the whole list if it is not sorted', async () => {
    const list = createList(30);
    const client = connect(async (input: unknown) => {
      const body = await (await list.fetch(input)).json();
      return Response.json({ ...body, personas: body.personas.reverse() });
    });
    const { ids, report } = await read(client, iso(list.nowMs - 4 * MINUTE_MS), 10);
    expect(ids).toEqual([26, 27, 28, 29, 30]);
    expect(report.complete).toBe(true);
  });

  it('reads the whole list if a later page is not sorted', async () => {
    const list = createList(30);
    const client = connect(async (input: unknown) => {
      const body = await (await list.fetch(input)).json();
      const isFirst = body.page === 1;
      return Response.json({ ...body, personas: isFirst ? body.personas : body.personas.reverse() });
    });
    const { ids, report } = await read(client, iso(list.nowMs - 24 * MINUTE_MS), 10);
    expect(ids.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 25 }, (_, index) => index + 6));
    expect(report.complete).toBe(true);
  });

  it('does not blame hidden rows if the only scan finds that a later page is not sorted', async () => {
    const list = createList(30);
    const client = connect(async (input: unknown) => {
      const body = await (await list.fetch(input)).json();
      return Response.json({ ...body, personas: body.page === 1 ? body.personas : body.personas.reverse() });
    });
    const options = { updatedSince: new Date(0), perPage: 10, maxScans: 1 };
    const { meta } = await client.withMeta.personas.toArray(options);
    expect(meta).toMatchObject({ complete: false, incompleteReason: 'changed' });
    expect(meta.nextUpdatedSince).toBe(iso(0));
  });

  it('is not complete if a page hides a row, but moves nextUpdatedSince forward', async () => {
    const service = new ListedService({ dialect: 'subresource' });
    for (const name of ['a', 'b', 'c', 'd']) service.create(name, name === 'c');
    const { ids, report } = await read(connect(service.fetch), new Date(0), 10);
    expect(ids).toEqual([4, 2, 1]);
    expect(report).toMatchObject({ complete: false, incompleteReason: 'hidden', unseen: 1 });
    expect(Date.parse(report.nextUpdatedSince ?? '')).toBeGreaterThan(0);
  });

  it('does not move nextUpdatedSince forward if pages repeat', async () => {
    const rewriteQuery = ({ perPage }: { perPage: number }) => ({ page: 1, perPage });
    const service = new ListedService({ dialect: 'subresource', rewriteQuery });
    for (let index = 0; index < 9; index++) service.create('x');
    const { report } = await read(connect(service.fetch), '2025-12-01');
    expect(report).toMatchObject({ complete: false, incompleteReason: 'repeated' });
    expect(report.nextUpdatedSince).toBe('2025-12-01T00:00:00.000Z');
  });

  it.each([
    ['a time without a time zone', { updatedSince: '2026-01-31T12:00:00' }],
    ['an impossible date', { updatedSince: '2026-02-30' }],
    ['an invalid Date', { updatedSince: new Date('x') }],
    ['a number, whose unit is unclear', { updatedSince: 1_764_000_000 }],
    ['NaN', { updatedSince: Number.NaN }],
    ['an object', { updatedSince: {} }],
    ['null', { updatedSince: null }],
    ['a checkpoint as well', { updatedSince: '2026-01-31', checkpoint: { idRanges: [] } }],
  ])('rejects %s before it sends anything', async (_, options) => {
    const list = createList(1);
    const client = connect(list.fetch);
    const iterated = await expectRejection(
      PersonaValidationError,
      client.personas.iterate(options as never).next(),
    );
    expect(iterated).toMatchObject({ code: 'invalid_input', issues: [{ path: ['updatedSince'] }] });
    const collected = await expectRejection(
      PersonaValidationError,
      client.personas.toArray(options as never),
    );
    expect(collected.code).toBe('invalid_input');
    expect(list.requests).toBe(0);
  });

  it('uses the time of the Date at the call, even if the Date changes later', async () => {
    const list = createList(5);
    const updatedSince = new Date(list.nowMs);
    const iterator = connect(list.fetch).personas.iterate({ updatedSince });
    updatedSince.setTime(0);
    expect((await iterator.next()).value).toMatchObject({ id: 5 });
    expect((await iterator.next()).done).toBe(true);
  });
});

describe('report.nextUpdatedSince', () => {
  it('is a minute before the newest update when the iteration started', async () => {
    const list = createList(5);
    const startMs = list.nowMs;
    list.onRequest = () => {
      list.nowMs += MINUTE_MS;
      list.update(1, 'during the iteration');
    };
    list.requests = 0;
    const first = iso(startMs + MINUTE_MS - MINUTE_MS);
    const { report } = await read(connect(list.fetch), new Date(0));
    expect(report.nextUpdatedSince).toBe(first);
  });

  it('is absent if the whole list was read while it changed, because deletions can hide rows', async () => {
    const list = createList(5);
    list.onRequest = () => {
      list.nowMs += MINUTE_MS;
      list.update(1, 'during the iteration');
    };
    const iterator = connect(list.fetch).personas.iterate({ perPage: 2 });
    for await (const _ of iterator);
    expect(iterator.report).toMatchObject({ complete: false, incompleteReason: 'changed' });
    expect(iterator.report.nextUpdatedSince).toBeUndefined();
  });

  it('includes the changes since the start of the iteration that made the checkpoint', async () => {
    const list = createList(10);
    const client = connect(list.fetch);
    const interrupted = client.personas.iterate({ perPage: 2 });
    for (let count = 0; count < 4; count++) await interrupted.next();
    const checkpoint = interrupted.checkpoint();
    list.nowMs += 60 * MINUTE_MS;
    list.update(9, 'changed after it was yielded');
    list.nowMs += 60 * MINUTE_MS;
    list.create('new');
    const resumed = client.personas.iterate({ checkpoint, perPage: 2 });
    for await (const { id } of resumed) expect(id).not.toBe(9);
    expect((await read(client, resumed.report.nextUpdatedSince ?? '')).ids).toContain(9);

    const { startedAt: _, ...undated } = checkpoint;
    const undatedIteration = client.personas.iterate({ checkpoint: undated });
    for await (const __ of undatedIteration);
    expect(undatedIteration.report.complete).toBe(true);
    expect(undatedIteration.report.nextUpdatedSince).toBeUndefined();
  });

  it('is absent until a scan has finished, and stays absent if there is nothing', async () => {
    const list = createList(0);
    const iterator = connect(list.fetch).personas.iterate();
    expect(iterator.report.nextUpdatedSince).toBeUndefined();
    await iterator.next();
    expect(iterator.report).toMatchObject({ complete: true });
    expect(iterator.report.nextUpdatedSince).toBeUndefined();
  });

  it('does not miss later changes if a wrong clock gave a persona a time in the future', async () => {
    const list = createList(3);
    const { nowMs } = list;
    list.nowMs = Date.now() + 1e9;
    list.update(1, 'by a wrong clock');
    list.nowMs = nowMs;
    const client = connect(list.fetch);
    const { report } = await read(client, new Date(0));
    list.nowMs = Date.now();
    list.update(2, 'by the right clock');
    expect((await read(client, report.nextUpdatedSince ?? '')).ids).toEqual([1, 2]);
  });

  it('starts a checkpoint no later than now, even if an update time is in the future', async () => {
    const list = createList(3);
    list.nowMs = Date.now() + 1e9;
    list.update(1, 'by a wrong clock');
    const first = connect(list.fetch).personas.iterate();
    await first.next();
    await first.return();
    expect(Date.parse(first.checkpoint().startedAt ?? '')).toBeLessThanOrEqual(Date.now());
  });

  it('never goes back', async () => {
    const list = createList(5);
    const since = iso(list.nowMs);
    list.delete(5);
    list.delete(4);
    expect((await read(connect(list.fetch), since)).report.nextUpdatedSince).toBe(since);
  });

  it.each(['subresource', 'attributes', 'in-between'] as const)(
    'works with a %s service',
    async (dialect) => {
      const { connect: connectClient } = await startService({ dialect, seed: 30 });
      const client = connectClient();
      const all = await client.withMeta.personas.toArray();
      const updatedSince = all.meta.nextUpdatedSince ?? '';
      const { id } = await client.personas.create({ name: 'New' });
      await client.contextual.update(3, { weather: 'rain' });
      const { data, meta } = await client.withMeta.personas.toArray({ updatedSince });
      expect(data.slice(0, 2).map((persona) => persona.id)).toEqual([3, id]);
      expect(meta).toMatchObject({ complete: true, total: 31 });
    },
  );

  it('is in the report of toArray, which rejects if rows are hidden', async () => {
    const service = new ListedService({ dialect: 'subresource' });
    service.create('visible');
    service.create('hidden', true);
    const client = connect(service.fetch);
    const since = { updatedSince: new Date(0) };
    const error = await expectRejection(PersonaIncompleteListError, client.personas.toArray(since));
    expect(error.personas.map(({ name }) => name)).toEqual(['visible']);
  });
});

/** A change of the list: a kind, a persona, and how long the write waits until it becomes visible. */
const change = fc.record({
  kind: fc.constantFrom('create', 'update', 'update', 'update', 'delete', 'none', 'none'),
  target: fc.nat(1_000),
  delayMs: fc.nat(50_000),
  stepMs: fc.constantFrom(0, 0, 1, 1_000, 40_000, 200_000),
});

type ListChange = typeof change extends fc.Arbitrary<infer Value> ? Value : never;

function apply(list: ChangingList, { kind, target, delayMs, stepMs }: ListChange, serial: number): void {
  list.nowMs += stepMs;
  const row = list.rows[target % Math.max(1, list.rows.length)];
  if (kind === 'create') list.create(`created ${serial}`, delayMs);
  else if (kind === 'update' && row) list.update(row.id, `updated ${serial}`, delayMs);
  else if (kind === 'delete' && row) list.delete(row.id);
}

it('misses no change: a copy that syncs while the list changes becomes equal to the list', {
  timeout: 120_000,
}, async () => {
  let syncs = 0;
  let changes = 0;
  let incomplete = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      fc.integer({ min: 1, max: 5 }),
      fc.nat(40),
      fc.array(fc.tuple(change, change), { minLength: 20, maxLength: 120 }),
      fc.integer({ min: 1, max: 6 }),
      async (countsFirst, perPage, initialCount, script, syncCount) => {
        const list = new ChangingList(countsFirst);
        for (let index = 0; index < initialCount; index++) {
          list.nowMs += 30_000;
          list.create('initial');
        }
        const client = new PersonaClient({
          fetch: list.fetch as never,
          dialect: 'subresource',
          retry: false,
        });
        const copy = new Map<number, string>();
        let updatedSince: string | Date = new Date(0);
        let serial = 0;
        const next = (position: 0 | 1) => () => {
          const entry = script[serial]?.[position];
          if (position === 1) serial++;
          if (entry) {
            changes++;
            apply(list, entry, serial * 2 + position);
          }
        };
        list.onRequest = next(0);
        list.betweenQueries = next(1);
        for (let sync = 0; sync < syncCount || serial < script.length || sync < 2; sync++) {
          const iterator = client.personas.iterate({ updatedSince, perPage });
          for await (const { id, name } of iterator) copy.set(id, name);
          updatedSince = iterator.report.nextUpdatedSince ?? updatedSince;
          syncs++;
          if (!iterator.report.complete) incomplete++;
        }
        const last = client.personas.iterate({ updatedSince, perPage });
        for await (const { id, name } of last) copy.set(id, name);
        client.close();
        expect(last.report.complete).toBe(true);
        for (const { id, name } of list.rows) expect([id, copy.get(id)]).toEqual([id, name]);
        expect(copy.size).toBeGreaterThanOrEqual(list.rows.length);
      },
    ),
    { numRuns: 200, endOnFailure: true }, // shrinking takes minutes
  );
  process.stdout.write(
    `updatedSince: ${syncs} syncs, ${changes} changes meanwhile, ${incomplete} incomplete, 0 missed\n`,
  );
});
