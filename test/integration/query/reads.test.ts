import { InfiniteQueryObserver, QueryClient, QueryObserver } from '@tanstack/query-core';
import { PersonaServerError } from 'persona-client';
import { flattenPages, personaQueries, personaQueryKeys } from 'persona-client/query';
import { expect, it, onTestFinished, vi } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { deferred } from '../../support/pipeline.js';
import { setupQueries } from '../../support/query.js';
import { DIALECTS } from '../../support/service.js';

it.each(DIALECTS)('returns the same data as the client: %s', async (dialect) => {
  const { queryClient, client, queries } = await setupQueries({}, { dialect });
  const { nextPage: _, ...page } = await client.personas.list({ perPage: 2 });
  expect(await queryClient.fetchQuery(queries.personas.list({ perPage: 2 }))).toEqual(page);
  expect(await queryClient.fetchQuery(queries.personas.get(1))).toEqual(await client.personas.get(1));
  for (const category of ['demographic', 'psychographic', 'behavioral', 'contextual'] as const)
    expect(await queryClient.fetchQuery<unknown>({ ...queries[category].get(1) })).toEqual(
      await client[category].get(1),
    );
  const config = await client.fieldConfig.get('contextual', 'season');
  expect(await queryClient.fetchQuery(queries.fieldConfig.get('contextual', 'season'))).toEqual(config);
});

it('returns pages as plain data that keeps its reference while it is equal', async () => {
  const { queryClient, queries } = await setupQueries();
  const { queryKey } = queries.personas.list();
  const read = async () => {
    await queryClient.fetchQuery(queries.personas.list());
    return queryClient.getQueryData(queryKey);
  };
  const first = await read();
  expect(structuredClone(first)).toEqual(first);
  expect(await read()).toBe(first);
});

it('uses the same list key with and without explicit defaults', () => {
  const keys = personaQueryKeys();
  expect(keys.list()).toEqual(keys.list({ page: 1, perPage: 20 }));
  expect(keys.infiniteList()).toEqual(keys.infiniteList({ perPage: 20 }));
});

it('sends a request for every refetch', async () => {
  const { queryClient, requestLines, queries } = await setupQueries();
  await queryClient.fetchQuery(queries.personas.get(1));
  await queryClient.fetchQuery(queries.personas.get(1));
  await queryClient.fetchQuery({ ...queries.personas.get(1), staleTime: 60_000 });
  expect(requestLines()).toEqual(['GET /api/v1/personas/1', 'GET /api/v1/personas/1']);
});

it('uses the cache of the client if request options allow it', async () => {
  const { queryClient, requestLines, queries } = await setupQueries({ request: {} });
  await queryClient.fetchQuery(queries.personas.get(1));
  await queryClient.fetchQuery(queries.personas.get(1));
  expect(requestLines()).toEqual(['GET /api/v1/personas/1']);
});

it('separates the data of users by the key prefix', async () => {
  const { queryClient, connect, service } = await setupQueries();
  const queriesFor = (user: string) => personaQueries(connect(), { keyPrefix: ['personas', user] });
  const [ada, bob] = [queriesFor('ada'), queriesFor('bob')];
  await queryClient.fetchQuery(ada.personas.get(1));
  expect(queryClient.getQueryData(bob.personas.get(1).queryKey)).toBeUndefined();
  await queryClient.fetchQuery(bob.personas.get(1));
  expect(service.requests).toHaveLength(2);
  queryClient.removeQueries({ queryKey: ada.keys.all });
  expect(queryClient.getQueryData(ada.personas.get(1).queryKey)).toBeUndefined();
  expect(queryClient.getQueryData(bob.personas.get(1).queryKey)?.id).toBe(1);
});

it('leaves retries to the client', async () => {
  const { queryClient, service, queries } = await setupQueries();
  service.faults.add({ status: 503 });
  await expectRejection(PersonaServerError, queryClient.fetchQuery({ ...queries.personas.get(1) }));
  expect(service.requests).toHaveLength(4);
  const observer = new QueryObserver(queryClient, queries.personas.get(2));
  onTestFinished(observer.subscribe(() => {}));
  await vi.waitFor(() => expect(observer.getCurrentResult().isError).toBe(true));
  expect(service.requests).toHaveLength(8);
});

it('aborts a read after its last observer leaves', async () => {
  const { queryClient, client, service, queries } = await setupQueries();
  service.faults.add({ stall: true });
  const aborted = deferred<unknown>();
  client.on('response', ({ error }) => aborted.resolve(error));
  const unsubscribe = new QueryObserver(queryClient, queries.personas.get(1)).subscribe(() => {});
  await vi.waitFor(() => expect(service.requests).toHaveLength(1));
  unsubscribe();
  expect(await aborted.promise).toBe('aborted');
});

it('reads page after page and returns each persona once if rows move between pages', async () => {
  const { queryClient, client, queries } = await setupQueries();
  const options = queries.personas.infiniteList({ perPage: 2 });
  const observer = new InfiniteQueryObserver(queryClient, { ...options, select: flattenPages });
  onTestFinished(observer.subscribe(() => {}));
  await vi.waitFor(() => expect(observer.getCurrentResult().data).toHaveLength(2));
  await client.personas.create({ name: 'Newcomer' }); // moves a row of the first page to the second
  while (observer.getCurrentResult().hasNextPage) await observer.fetchNextPage();
  const pages = queryClient.getQueryData(options.queryKey)?.pages ?? [];
  expect(pages.map(({ page }) => page)).toEqual([1, 2, 3]);
  expect(pages.flatMap(({ items }) => items)).toHaveLength(6);
  expect(observer.getCurrentResult().data?.map(({ id }) => id)).toEqual([5, 4, 3, 2, 1]);
  expect(options.getPreviousPageParam(pages[1] as never)).toBe(1);
  expect(options.getPreviousPageParam(pages[0] as never)).toBeUndefined();
});

it('flattenPages keeps the most recently updated one of two rows with the same id, at its place', () => {
  const row = (id: number, second: number, name = 'Ada') => ({
    id,
    name,
    updated_at: `2026-01-01T00:00:0${second}Z`,
  });
  const flatten = (...pages: { id: number; name?: string }[][]) =>
    flattenPages({ pages: pages.map((items) => ({ items, total: 9, page: 1, perPage: 2, pages: 3 })) });
  const names = (items: { id: number; name?: string }[]) => items.map(({ id, name }) => `${id} ${name}`);
  expect(names(flatten([row(3, 3, 'Old'), row(2, 2)], [row(3, 4, 'New'), row(1, 1)]))).toEqual([
    '2 Ada',
    '3 New',
    '1 Ada',
  ]);
  expect(names(flatten([row(3, 4, 'New'), row(2, 2)], [row(3, 3, 'Old'), row(1, 1)]))).toEqual([
    '3 New',
    '2 Ada',
    '1 Ada',
  ]);
  const same = row(2, 2);
  expect(flatten([row(3, 3), same], [same, { id: 1 }], [{ id: 1, name: 'Later page' }])).toEqual([
    row(3, 3),
    same,
    { id: 1, name: 'Later page' },
  ]);
});

it('works with several QueryClients and shares no data between them', async () => {
  const { queries } = await setupQueries();
  const [first, second] = [new QueryClient(), new QueryClient()];
  await first.fetchQuery(queries.personas.get(1));
  expect(second.getQueryData(queries.personas.get(1).queryKey)).toBeUndefined();
});
