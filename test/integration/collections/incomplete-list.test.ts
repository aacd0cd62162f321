import { inspect } from 'node:util';
import fc from 'fast-check';
import { type PersonaClient, PersonaIncompleteListError, PersonaResponseError } from 'persona-client';
import { createPrivacy } from 'persona-client/collections';
import { personaQueries } from 'persona-client/query';
import { describe, expect, inject, it } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { ListedService, type ListedServiceOptions } from '../../support/listed-service.js';
import { createTestClient, DIALECTS, startService } from '../../support/service.js';

/** Creates `count` personas. `isHidden` decides by position in the list, from 0 for the newest. */
function setup(
  options: ListedServiceOptions,
  count: number,
  isHidden: (position: number) => boolean = () => false,
) {
  const service = new ListedService(options);
  for (let position = count - 1; position >= 0; position--) service.create('Ada', isHidden(position));
  const client = createTestClient({ fetch: service.fetch, dialect: options.dialect, retry: false });
  return { service, client };
}

async function iterate(client: PersonaClient, options: Parameters<typeof client.personas.iterate>[0]) {
  const iterator = client.personas.iterate(options);
  const ids: number[] = [];
  for await (const { id } of iterator) ids.push(id);
  return { ids, report: iterator.report };
}

describe.each(DIALECTS)('a list that lacks rows, %s', (dialect) => {
  const everySecond = (position: number) => position % 2 === 1;

  it('is not complete: iterate reports hidden rows after a second scan', async () => {
    const { client, service } = setup({ dialect }, 10, everySecond);
    const { ids, report } = await iterate(client, { perPage: 3 });
    expect(ids).toEqual(service.visibleIds);
    expect(report).toEqual({
      yielded: 5,
      duplicates: 0,
      scans: 2,
      total: 10,
      unseen: 5,
      complete: false,
      incompleteReason: 'hidden',
      nextUpdatedSince: expect.any(String),
    });
    expect(service.listRequests).toBe(2 * 4 + 1);
  });

  it('makes toArray reject with the rows that it has, which no log contains', async () => {
    const { client } = setup({ dialect }, 10, everySecond);
    const error = await expectRejection(PersonaIncompleteListError, client.personas.toArray());
    expect(error).toMatchObject({ code: 'incomplete_list', total: 10, unseen: 5, reason: 'hidden' });
    expect(error.personas.map(({ id }) => id)).toEqual([10, 8, 6, 4, 2]);
    expect(error.message).toContain('could not read 5 of 10 personas');
    expect(JSON.stringify(error)).not.toContain('Ada');
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('Ada');
    expect(new Proxy(error, {}).personas).toHaveLength(5);
    await expectRejection(PersonaIncompleteListError, client.withMeta.personas.toArray());
  });

  it('makes toArray reject with a limit only if there are fewer personas', async () => {
    const { client } = setup({ dialect }, 10, everySecond);
    expect((await client.personas.toArray({ limit: 5 })).map(({ id }) => id)).toEqual([10, 8, 6, 4, 2]);
    const error = await expectRejection(PersonaIncompleteListError, client.personas.toArray({ limit: 6 }));
    expect(error.personas.length).toBe(5);
  });

  it('is read to its end although the newest rows are hidden', async () => {
    const { client, service } = setup({ dialect }, 350, (position) => position < 300);
    const { ids, report } = await iterate(client, {});
    expect(ids).toEqual(service.visibleIds);
    expect(report).toMatchObject({ yielded: 50, unseen: 300, incompleteReason: 'hidden' });
  });

  it('has no rows at all: toArray rejects instead of returning an empty array', async () => {
    const { client, service } = setup({ dialect }, 3, () => true);
    const error = await expectRejection(PersonaIncompleteListError, client.personas.toArray());
    expect(error).toMatchObject({ total: 3, unseen: 3, personas: [] });
    expect(service.listRequests).toBe(3);
  });

  it('is complete if a later scan finds the rows that a page lacked', async () => {
    let pagesLeft = 1;
    const rewritePage: ListedServiceOptions['rewritePage'] = (body, { page }) =>
      page === 2 && pagesLeft-- > 0 ? { ...body, personas: [] } : body;
    const { client } = setup({ dialect, rewritePage }, 9);
    const { ids, report } = await iterate(client, { perPage: 3 });
    expect(ids.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(report).toMatchObject({ complete: true, scans: 2, unseen: 0 });
    expect(report).not.toHaveProperty('incompleteReason');
    expect(await client.personas.toArray({ perPage: 3 })).toHaveLength(9);
  });

  it('counts rows that the page size of the response implies', async () => {
    const { client, service } = setup({ dialect }, 130, everySecond);
    const { ids, report } = await iterate(client, { perPage: 200 });
    expect(ids).toEqual(service.visibleIds);
    expect(report).toMatchObject({ total: 130, unseen: 65, incompleteReason: 'hidden' });
  });

  it('reports hidden rows also if the list changes during every scan', async () => {
    const { client } = setup(
      { dialect, beforeList: (list) => list.touch(1) },
      12,
      (position) => position % 3 === 1,
    );
    const { report } = await iterate(client, { perPage: 4 });
    expect(report).toMatchObject({ complete: false, scans: 3, incompleteReason: 'hidden' });
    await expectRejection(PersonaIncompleteListError, client.personas.toArray({ perPage: 4 }));
  });
});

it('the published service hides personas that it cannot return: toArray rejects, and erase deletes them', async () => {
  const { connect } = await startService({ dialect: 'subresource', published: true, seed: 3 });
  const client = connect({ retry: false, breaker: false });
  for (const name of ['First', 'Second'])
    await client.personas.create({ name, behavioral: { browsing_habits: ['news'] } }).catch(() => {});
  const error = await expectRejection(PersonaIncompleteListError, client.personas.toArray());
  expect(error).toMatchObject({ total: 5, unseen: 2, reason: 'hidden' });
  expect(error.personas.map(({ id }) => id)).toEqual([3, 2, 1]);
  for (const id of [4, 5])
    expect(await createPrivacy(client).erase(id)).toMatchObject({
      existed: true,
      verified_at: expect.any(String),
    });
  expect(await client.personas.toArray()).toHaveLength(3);
});

describe.each(DIALECTS)('a list that changes during every scan, %s', (dialect) => {
  it('makes iterate and toArray end with an incomplete report', async () => {
    const { client } = setup({ dialect, beforeList: (list) => list.create('New') }, 12);
    const { report } = await iterate(client, { perPage: 4 });
    expect(report).toMatchObject({ complete: false, scans: 3, incompleteReason: 'changed' });
    const { data, meta } = await client.withMeta.personas.toArray({ perPage: 4 });
    expect(meta).toMatchObject({ complete: false, yielded: data.length, incompleteReason: 'changed' });
    expect((await client.personas.toArray({ perPage: 4 })).length).toBeGreaterThan(12);
  });

  it('makes toArray say that it is complete after the writes stop', async () => {
    let writesLeft = 3;
    const beforeList = (list: ListedService) => void (writesLeft-- > 0 && list.create('New'));
    const { client } = setup({ dialect, beforeList }, 12);
    const { data, meta } = await client.withMeta.personas.toArray({ perPage: 4 });
    expect(data).toHaveLength(15);
    expect(meta).toMatchObject({ complete: true, total: 15, unseen: 0 });
  });
});

describe.each(DIALECTS)('a list whose pages repeat, %s', (dialect) => {
  it.each<[string, Omit<ListedServiceOptions, 'dialect'>, number]>([
    ['a proxy drops the query', { rewriteQuery: () => ({ page: 1, perPage: 20 }) }, 20],
    [
      'the service ignores the page',
      {
        rewriteQuery: ({ perPage }) => ({ page: 1, perPage }),
        rewritePage: (body, { page }) => ({ ...body, page }),
      },
      10,
    ],
    [
      'the last page repeats',
      { rewriteQuery: ({ page, perPage }) => ({ page: Math.min(page, 3), perPage }) },
      30,
    ],
  ])('is not complete, and costs few requests: %s', async (_, faults, expectedCount) => {
    const { client, service } = setup({ dialect, ...faults }, 500);
    const { ids, report } = await iterate(client, { perPage: 10 });
    expect(ids.length).toBe(expectedCount);
    expect(report).toMatchObject({ complete: false, total: 500, incompleteReason: 'repeated' });
    expect(service.listRequests).toBeLessThan(25);
    const error = await expectRejection(PersonaIncompleteListError, client.personas.toArray({ perPage: 10 }));
    expect(error).toMatchObject({ reason: 'repeated', unseen: 500 - expectedCount });
    expect(error.personas.length).toBe(expectedCount);
    expect(await client.personas.toArray({ perPage: 10, limit: 10 })).toHaveLength(10);
  });

  it('is recognized although the list changes, if the response names the first page', async () => {
    const { client } = setup(
      { dialect, rewriteQuery: () => ({ page: 1, perPage: 20 }), beforeList: (list) => list.create('New') },
      100,
    );
    await expectRejection(PersonaIncompleteListError, client.personas.toArray());
  });

  it('is complete if its pages together have every row', async () => {
    const { client } = setup({ dialect, rewritePage: (body) => ({ ...body, per_page: 10 }) }, 50);
    const { ids, report } = await iterate(client, { perPage: 50 });
    expect(ids).toHaveLength(50);
    expect(report).toMatchObject({ complete: true, total: 50 });
  });
});

describe.each(DIALECTS)('a list with a wrong total, %s', (dialect) => {
  let responses = 0;
  it.each<[string, (total: number) => number]>([
    ['absurdly high', () => 1e12],
    ['the highest safe integer', () => Number.MAX_SAFE_INTEGER],
    ['growing with every response', (total) => total + 1_000 * ++responses],
    ['absurdly high and different in every response', () => 1e12 - (++responses % 2)],
    ['a little too high', (total) => total + 1],
  ])('costs few requests: %s', async (_, wrongTotal) => {
    const { client, service } = setup(
      { dialect, rewritePage: (body) => ({ ...body, total: wrongTotal(body.total) }) },
      25,
    );
    const { ids, report } = await iterate(client, { perPage: 10 });
    expect(ids).toHaveLength(25);
    expect(report.complete).toBe(false);
    expect(service.listRequests).toBeLessThan(150);
  });

  const COUNTED_PER_PAGE = Number.NaN;
  it.each([
    ['0', 45, 0],
    ['10', 45, 10],
    ['the rows of the first page', 45, 20],
    ['half of the rows', 200, 100],
    ['one less than the rows', 45, 44],
    ['the rows of all full pages', 45, 40],
    ['the number of rows of each page', 45, COUNTED_PER_PAGE],
  ])('loses no row if the total is too low, and is not complete: %s', async (_, rows, total) => {
    const rewritePage: ListedServiceOptions['rewritePage'] = (body) => {
      const wrongTotal = Number.isNaN(total) ? body.personas.length : total;
      return {
        ...body,
        total: wrongTotal,
        ...('pages' in body && { pages: Math.ceil(wrongTotal / body.per_page) }),
      };
    };
    const { client, service } = setup({ dialect, rewritePage }, rows);
    const { ids, report } = await iterate(client, { perPage: 20 });
    expect(ids).toEqual(service.visibleIds);
    expect(report).toMatchObject({ yielded: rows, unseen: 0, complete: false });
    if (!Number.isNaN(total)) expect(report).toMatchObject({ incompleteReason: 'undercounted', scans: 2 });
    expect(service.listRequests).toBeLessThan(3 * (Math.ceil(rows / 20) + 4));
    const { data, meta } = await client.withMeta.personas.toArray({ perPage: 20 });
    expect(data).toHaveLength(rows);
    expect(meta.complete).toBe(false);
    expect(await client.personas.toArray({ perPage: 20, limit: rows })).toHaveLength(rows);
  });

  it('is complete if only one response counted too low', async () => {
    let responses = 0;
    const rewritePage: ListedServiceOptions['rewritePage'] = (body) =>
      responses++ === 0 ? { ...body, total: body.total - 1 } : body;
    for (const perPage of [5, 7, 50]) {
      responses = 0;
      const { client } = setup({ dialect, rewritePage }, 15);
      const { ids, report } = await iterate(client, { perPage });
      expect(ids).toHaveLength(15);
      expect(report).toMatchObject({ complete: true, total: 15 });
    }
  });

  it('ends if the total is too low and the last page repeats, or the service ignores the page', async () => {
    for (const lastPage of [1, 3]) {
      const { client, service } = setup(
        {
          dialect,
          rewriteQuery: ({ page, perPage }) => ({ page: Math.min(page, lastPage), perPage }),
          rewritePage: (body) => ({ ...body, total: 5 }),
        },
        30,
      );
      const { ids, report } = await iterate(client, { perPage: 10 });
      expect(ids).toHaveLength(10 * lastPage);
      expect(report.complete).toBe(false);
      expect(service.listRequests).toBeLessThan(30);
    }
  });

  it('is complete if its right total fills the last page, also if pages past the end repeat the last one', async () => {
    for (const lastPage of [2, Number.POSITIVE_INFINITY]) {
      const rewriteQuery: ListedServiceOptions['rewriteQuery'] = ({ page, perPage }) => ({
        page: Math.min(page, lastPage),
        perPage,
      });
      const { client } = setup({ dialect, rewriteQuery }, 20);
      const { ids, report } = await iterate(client, { perPage: 10 });
      expect(ids).toHaveLength(20);
      expect(report).toMatchObject({ complete: true, scans: 1, total: 20 });
    }
  });

  async function countRowsOfPages(client: PersonaClient, perPage: number): Promise<number[]> {
    const counts: number[] = [];
    for (let page = await client.personas.list({ perPage }); ; ) {
      counts.push(page.items.length);
      const next = await page.nextPage();
      if (!next) return counts;
      page = next;
    }
  }

  it.each([0, 10, 20, 30, 40, 44])(
    'has a next page after each full page if its total is %i of 45',
    async (total) => {
      const rewritePage: ListedServiceOptions['rewritePage'] = (body) => ({ ...body, total, pages: 1 });
      const { client } = setup({ dialect, rewritePage }, 45);
      expect(await countRowsOfPages(client, 20)).toEqual([20, 20, 5]);
      expect((await iterate(client, { perPage: 20 })).ids).toHaveLength(45);
    },
  );

  it('has a next page in `infiniteList` if a full page goes past its total', async () => {
    const { client } = setup({ dialect, rewritePage: (body) => ({ ...body, total: 10, pages: 1 }) }, 45);
    const { getNextPageParam } = personaQueries(client).personas.infiniteList();
    const pages = await Promise.all([1, 2, 3].map((page) => client.personas.list({ page })));
    expect(pages.map(getNextPageParam)).toEqual([2, 3, undefined]);
  });

  it('has no page after a full last page, also if pages past the end repeat the last one', async () => {
    for (const lastPage of [2, Number.POSITIVE_INFINITY]) {
      for (const echoesPage of [true, false]) {
        let requestedPage = 0;
        const { client, service } = setup(
          {
            dialect,
            rewriteQuery: ({ page, perPage }) => {
              requestedPage = page;
              return { page: Math.min(page, lastPage), perPage };
            },
            rewritePage: (body) => (echoesPage ? { ...body, page: requestedPage } : body),
          },
          20,
        );
        expect(await countRowsOfPages(client, 10)).toEqual([10, 10]);
        expect(service.listRequests).toBe(3);
      }
    }
  });

  it.each([
    ['per_page', -5],
    ['per_page', 0],
    ['total', -1],
    ['total', '7'],
  ])('fails with a PersonaResponseError if %s is %s', async (field, value) => {
    const { client, service } = setup(
      { dialect, rewritePage: (body) => ({ ...body, [field]: value, pages: -2 }) },
      25,
    );
    await expect(iterate(client, {})).rejects.toMatchObject({ code: 'invalid_response' });
    expect(service.listRequests).toBe(1);
  });

  it('ignores pages, which only one dialect has', async () => {
    const { client } = setup({ dialect, rewritePage: (body) => ({ ...body, pages: -2 }) }, 25);
    expect((await iterate(client, { perPage: 10 })).report).toMatchObject({ complete: true, yielded: 25 });
  });
});

describe.each(DIALECTS)('a list with unusable rows, %s', (dialect) => {
  const unusable =
    (...ids: number[]): NonNullable<ListedServiceOptions['rewritePage']> =>
    (body) => ({
      ...body,
      personas: body.personas.map((row) =>
        ids.includes(Reflect.get(row, 'id')) ? { ...row, name: null } : row,
      ),
    });

  it.each([1, 2, 5])('is read to its end, %i rows per page', async (perPage) => {
    const { client } = setup({ dialect, rewritePage: unusable(5, 4, 2) }, 5);
    const { ids, report } = await iterate(client, { perPage });
    expect(ids).toEqual([3, 1]);
    expect(report).toMatchObject({ complete: false, total: 5, unseen: 3, incompleteReason: 'hidden' });
    const error = await expectRejection(PersonaIncompleteListError, client.personas.toArray({ perPage }));
    expect(error.personas.map(({ id }) => id)).toEqual([3, 1]);
  });

  it('makes an iteration fail as list does if no row is usable', async () => {
    const { client } = setup({ dialect, rewritePage: unusable(1, 2, 3) }, 3);
    const error = await expectRejection(PersonaResponseError, client.personas.toArray({ perPage: 2 }));
    expect(error).toMatchObject({
      code: 'invalid_response',
      personaId: 3,
      page: { page: 1, perPage: 2, total: 3 },
    });
    await expectRejection(PersonaResponseError, client.personas.list());
  });

  it("makes an iteration with reads: 'strict' fail at the first of them", async () => {
    const { client } = setup({ dialect, rewritePage: unusable(1) }, 3);
    const iterator = client.personas.iterate({ perPage: 1 }, { reads: 'strict' });
    expect((await iterator.next()).value).toMatchObject({ id: 3 });
    await iterator.next();
    await expectRejection(PersonaResponseError, iterator.next());
  });
});

describe.each(DIALECTS)('a persona with the id of a deleted one, %s', (dialect) => {
  it('is yielded, too', async () => {
    let requests = 0;
    const beforeList = (list: ListedService) => {
      if (++requests !== 2) return;
      list.delete(6);
      list.create('Another');
    };
    const { client, service } = setup({ dialect, beforeList }, 6);
    const names: string[] = [];
    const iterator = client.personas.iterate({ perPage: 2 });
    for await (const { id, name } of iterator) names.push(`${id} ${name}`);
    expect(names.toSorted()).toEqual(['1 Ada', '2 Ada', '3 Ada', '4 Ada', '5 Ada', '6 Ada', '6 Another']);
    expect(service.rows.length).toBe(6);
    expect(iterator.report).toMatchObject({ complete: true, yielded: 7, total: 6 });
  });

  it('is yielded by an iteration that resumes from a checkpoint', async () => {
    const { client, service } = setup({ dialect }, 6);
    const iterator = client.personas.iterate({ perPage: 2 });
    const ids: number[] = [];
    for await (const { id } of iterator) if (ids.push(id) === 4) break;
    const checkpoint = JSON.parse(JSON.stringify(iterator.checkpoint())) as never;
    service.delete(6);
    service.delete(5);
    service.create('Another');
    const resumed = client.personas.iterate({ perPage: 2, checkpoint });
    const names: string[] = [];
    for await (const { id, name } of resumed) names.push(`${id} ${name}`);
    expect(names.toSorted()).toEqual(['1 Ada', '2 Ada', '5 Another']);
    expect(resumed.report).toMatchObject({ complete: true, total: 5 });
    const again = client.personas.iterate({ checkpoint: resumed.checkpoint() });
    for await (const { name } of again) expect.fail(`yielded ${name} again`);
    expect(again.report).toMatchObject({ complete: true, yielded: 0 });
  });

  it('is yielded although replicas disagree, and each persona only once', async () => {
    const { client, service } = setup({ dialect }, 5);
    const old = service.rows;
    service.delete(5);
    service.create('Another');
    const current = service.rows;
    let requests = 0;
    const replicas = createTestClient({
      dialect,
      fetch: (input, init) => {
        service.rows = ++requests % 2 === 0 ? old : current;
        return service.fetch(input, init);
      },
    });
    const names: string[] = [];
    for await (const { id, name } of replicas.personas.iterate({ perPage: 2 })) names.push(`${id} ${name}`);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('5 Another');
    client.close();
  });
});

/** Faults of a list, writes during the iteration, and the size of the pages. */
const scenarioArbitrary = fc.record({
  dialect: fc.constantFrom(...DIALECTS),
  hidden: fc.array(fc.boolean(), { maxLength: 25 }),
  perPage: fc.integer({ min: 1, max: 8 }),
  maxScans: fc.integer({ min: 1, max: 30 }),
  /** The write before each request to the list. */
  writes: fc.array(fc.constantFrom('none', 'create', 'touch', 'delete', 'replace'), { maxLength: 12 }),
  addToTotal: fc.constantFrom(0, 0, 0, 1, 1e9),
  ignoresPage: fc.constantFrom(false, false, false, true),
  resumeAfter: fc.option(fc.nat({ max: 10 }), { nil: undefined }),
});

it('is complete only if it yielded every persona that the service counts', { timeout: 300_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(scenarioArbitrary, async (scenario) => {
      const { dialect, hidden, perPage, maxScans, addToTotal, ignoresPage, resumeAfter } = scenario;
      const writes = [...scenario.writes];
      const nameOf = ({ id, created_at }: { id: number; created_at: string }) =>
        `${id} ${created_at.slice(0, 26)}`;
      const service = new ListedService({
        dialect,
        rewriteQuery: (query) => (ignoresPage ? { ...query, page: 1 } : query),
        rewritePage: (body) => ({ ...body, total: body.total + addToTotal }),
        beforeList: (list) => {
          const write = writes.shift();
          const newest = Math.max(0, ...list.rows.map(({ id }) => id));
          if (write === 'delete' || write === 'replace') list.delete(newest);
          if (write === 'create' || write === 'replace') list.create('New', newest % 5 === 4);
          if (write === 'touch') list.touch(list.rows.at(-1)?.id ?? 0);
          if (write === 'delete' || write === 'replace')
            for (const row of existedThroughout)
              if (row.startsWith(`${newest} `)) existedThroughout.delete(row);
        },
      });
      for (const isHidden of hidden) service.create('Ada', isHidden);
      const existedThroughout = new Set(service.rows.filter(({ isHidden }) => !isHidden).map(nameOf));
      using client = createTestClient({ fetch: service.fetch, dialect, retry: false });

      const yielded: string[] = [];
      let iterator = client.personas.iterate({ perPage, maxScans });
      if (resumeAfter !== undefined) {
        for await (const persona of iterator) if (yielded.push(nameOf(persona)) > resumeAfter) break;
        iterator = client.personas.iterate({ perPage, maxScans, checkpoint: iterator.checkpoint() });
      }
      for await (const persona of iterator) yielded.push(nameOf(persona));

      const { report } = iterator;
      expect(new Set(yielded).size).toBe(yielded.length);
      expect(report.complete).toBe(report.incompleteReason === undefined);
      if (report.complete) {
        expect([...existedThroughout].filter((name) => !yielded.includes(name))).toEqual([]);
        expect(service.rows.every(({ isHidden }) => !isHidden) && addToTotal === 0).toBe(true);
      } else if (report.scans < maxScans) expect(report.incompleteReason).not.toBe('changed');
      const pages = Math.ceil((hidden.length + scenario.writes.length) / perPage);
      expect(service.listRequests).toBeLessThan(10 + (report.scans + 1) * (4 * pages + 8));
    }),
    { numRuns: inject('seeds') * 3 },
  );
});
