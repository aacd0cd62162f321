import { InfiniteQueryObserver, QueryClient, QueryObserver } from '@tanstack/query-core';
import { PersonaServerError } from 'persona-client';
import { personaQueries, personaQueryKeys, personasIn } from 'persona-client/query';
import { expect, it, onTestFinished, vi } from 'vitest';
import { deferred } from '../../support/pipeline.js';
import { failureOf } from '../../support/failures.js';
import { DIALECTS } from '../../support/service.js';
import { queried } from '../../support/query.js';

it.each(DIALECTS)('reads what the client reads: %s', async (dialect) => {
  const { cache, client, queries } = await queried({}, { dialect });
  const { nextPage: _, ...page } = await client.personas.list({ perPage: 2 });
  expect(await cache.fetchQuery(queries.personas.list({ perPage: 2 }))).toEqual(page);
  expect(await cache.fetchQuery(queries.personas.get(1))).toEqual(await client.personas.get(1));
  for (const part of ['demographic', 'psychographic', 'behavioral', 'contextual'] as const)
    expect(await cache.fetchQuery<unknown>({ ...queries[part].get(1) })).toEqual(await client[part].get(1));
  const config = await client.fieldConfig.get('contextual', 'season');
  expect(await cache.fetchQuery(queries.fieldConfig.get('contextual', 'season'))).toEqual(config);
});

it('gives pages as plain data, which stays the same object until it differs', async () => {
  const { cache, queries } = await queried();
  const { queryKey } = queries.personas.list();
  const read = async () => {
    await cache.fetchQuery(queries.personas.list());
    return cache.getQueryData(queryKey);
  };
  const first = await read();
  expect(structuredClone(first)).toEqual(first);
  expect(await read()).toBe(first);
});

it('keeps a list under one key, whether or not its defaults are spelt out', () => {
  const keys = personaQueryKeys();
  expect(keys.list()).toEqual(keys.list({ page: 1, perPage: 20 }));
  expect(keys.infiniteList()).toEqual(keys.infiniteList({ perPage: 20 }));
});

it('reaches the service with every refetch, since the QueryClient says what is fresh', async () => {
  const { cache, asked, queries } = await queried();
  await cache.fetchQuery(queries.personas.get(1));
  await cache.fetchQuery(queries.personas.get(1));
  await cache.fetchQuery({ ...queries.personas.get(1), staleTime: 60_000 });
  expect(asked()).toEqual(['GET /api/v1/personas/1', 'GET /api/v1/personas/1']);
});

it('lets the client’s cache answer too, if told so', async () => {
  const { cache, asked, queries } = await queried({ request: {} });
  await cache.fetchQuery(queries.personas.get(1));
  await cache.fetchQuery(queries.personas.get(1));
  expect(asked()).toEqual(['GET /api/v1/personas/1']);
});

it('keeps what users read apart by the prefix', async () => {
  const { cache, connect, service } = await queried();
  const of = (user: string) => personaQueries(connect(), { keyPrefix: ['personas', user] });
  const [ada, bob] = [of('ada'), of('bob')];
  await cache.fetchQuery(ada.personas.get(1));
  expect(cache.getQueryData(bob.personas.get(1).queryKey)).toBeUndefined();
  await cache.fetchQuery(bob.personas.get(1));
  expect(service.requests).toHaveLength(2);
  cache.removeQueries({ queryKey: ada.keys.all });
  expect(cache.getQueryData(ada.personas.get(1).queryKey)).toBeUndefined();
  expect(cache.getQueryData(bob.personas.get(1).queryKey)?.id).toBe(1);
});

it('leaves retries to the client', async () => {
  const { cache, service, queries } = await queried();
  service.faults.add({ status: 503 });
  await failureOf(PersonaServerError, cache.fetchQuery({ ...queries.personas.get(1) }));
  expect(service.requests).toHaveLength(4);
  const observer = new QueryObserver(cache, queries.personas.get(2));
  onTestFinished(observer.subscribe(() => {}));
  await vi.waitFor(() => expect(observer.getCurrentResult().isError).toBe(true));
  expect(service.requests).toHaveLength(8);
});

it('aborts a read when nobody waits for it any more', async () => {
  const { cache, client, service, queries } = await queried();
  service.faults.add({ stall: true });
  const ended = deferred<unknown>();
  client.on('response', ({ error }) => ended.resolve(error));
  const leave = new QueryObserver(cache, queries.personas.get(1)).subscribe(() => {});
  await vi.waitFor(() => expect(service.requests).toHaveLength(1));
  leave();
  expect(await ended.promise).toBe('aborted');
});

it('walks page after page, and has each persona once though rows shift', async () => {
  const { cache, client, queries } = await queried();
  const options = queries.personas.infiniteList({ perPage: 2 });
  const observer = new InfiniteQueryObserver(cache, { ...options, select: personasIn });
  onTestFinished(observer.subscribe(() => {}));
  await vi.waitFor(() => expect(observer.getCurrentResult().data).toHaveLength(2));
  await client.personas.create({ name: 'Newcomer' }); // pushes a row of the first page onto the second
  while (observer.getCurrentResult().hasNextPage) await observer.fetchNextPage();
  const pages = cache.getQueryData(options.queryKey)?.pages ?? [];
  expect(pages.map(({ page }) => page)).toEqual([1, 2, 3]);
  expect(pages.flatMap(({ items }) => items)).toHaveLength(6);
  expect(observer.getCurrentResult().data?.map(({ id }) => id)).toEqual([5, 4, 3, 2, 1]);
  expect(options.getPreviousPageParam(pages[1] as never)).toBe(1);
  expect(options.getPreviousPageParam(pages[0] as never)).toBeUndefined();
});

it('works with any QueryClient, and holds nothing of one', async () => {
  const { queries } = await queried();
  const [one, other] = [new QueryClient(), new QueryClient()];
  await one.fetchQuery(queries.personas.get(1));
  expect(other.getQueryData(queries.personas.get(1).queryKey)).toBeUndefined();
});
