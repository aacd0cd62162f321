import { MutationObserver, type QueryClient, QueryObserver } from '@tanstack/query-core';
import { PersonaNotFoundError, PersonaServerError, PersonaValidationError } from 'persona-client';
import { type PersonaMutation, personaQueries } from 'persona-client/query';
import { expect, it, onTestFinished, vi } from 'vitest';
import { deferred } from '../../support/pipeline.js';
import { failureOf } from '../../support/failures.js';
import { queried } from '../../support/query.js';

const mutate = <Data, Variables>(
  cache: QueryClient,
  options: PersonaMutation<Data, Variables>,
  variables: Variables,
) => new MutationObserver(cache, { ...options }).mutate(variables);

/** A mounted component, as it were. */
function watch<Data>(cache: QueryClient, options: ConstructorParameters<typeof QueryObserver<Data>>[1]) {
  const observer = new QueryObserver<Data>(cache, options);
  onTestFinished(observer.subscribe(() => {}));
  return { data: () => observer.getCurrentResult().data };
}

it('a persona created is there at once, and lists are read anew', async () => {
  const { cache, asked, queries } = await queried();
  const list = watch(cache, queries.personas.list());
  await vi.waitFor(() => expect(list.data()?.total).toBe(5));
  const created = await mutate(cache, queries.personas.create(), { name: 'Grace' });
  expect(cache.getQueryData(queries.personas.get(created.id).queryKey)).toEqual(created);
  await vi.waitFor(() => expect(list.data()?.total).toBe(6));
  expect(asked().filter((one) => one.startsWith('GET /api/v1/personas/'))).toEqual([]);
});

it('a persona changed is shown as answered, then read anew with its parts and the lists', async () => {
  const { cache, queries } = await queried();
  const list = watch(cache, queries.personas.list());
  const persona = watch(cache, queries.personas.get(1));
  const part = watch(cache, queries.psychographic.get(1));
  const other = watch(cache, queries.personas.get(2));
  await vi.waitFor(() => expect(list.data() && persona.data() && part.data() && other.data()).toBeTruthy());
  const before = other.data();
  const updated = await mutate(cache, queries.personas.update(), {
    id: 1,
    data: { name: 'Renamed', psychographic: { interests: ['chess'] } },
  });
  expect(persona.data()).toEqual(updated);
  await vi.waitFor(() => expect(list.data()?.items[0]?.name).toBe('Renamed'));
  await vi.waitFor(() => expect(part.data()?.interests).toEqual(['chess']));
  expect(other.data()).toBe(before);
});

it.each(['demographic', 'contextual'] as const)('a part changed reaches its persona: %s', async (name) => {
  const { cache, queries } = await queried();
  const persona = watch(cache, queries.personas.get(1));
  const part = watch(cache, queries[name].get(1) as ReturnType<typeof queries.contextual.get>);
  await vi.waitFor(() => expect(persona.data() && part.data()).toBeTruthy());
  const data = name === 'demographic' ? { city: 'Oslo' } : { season: 'winter' };
  const options = queries[name].update() as PersonaMutation<unknown, unknown>;
  const updated = await mutate(cache, options, { id: 1, data });
  expect(part.data()).toEqual(updated);
  await vi.waitFor(() => expect(persona.data()?.[name]).toMatchObject(data));
});

it('a persona deleted is forgotten with its parts', async () => {
  const { cache, queries } = await queried();
  const list = watch(cache, queries.personas.list());
  await cache.fetchQuery(queries.personas.get(1));
  await cache.fetchQuery(queries.behavioral.get(1));
  await vi.waitFor(() => expect(list.data()?.total).toBe(5));
  await mutate(cache, queries.personas.delete(), 1);
  expect(cache.getQueryCache().findAll({ queryKey: queries.keys.persona(1) })).toEqual([]);
  await vi.waitFor(() => expect(list.data()?.total).toBe(4));
});

it('a write that failed, but may have happened, outdates what it would have changed', async () => {
  const { cache, service, queries } = await queried();
  const persona = watch(cache, queries.personas.get(1));
  await vi.waitFor(() => expect(persona.data()).toBeTruthy());
  service.faults.add({ status: 500, afterWrite: true, match: { method: 'PUT' } });
  const update = mutate(cache, queries.personas.update(), { id: 1, data: { name: 'After All' } });
  expect((await failureOf(PersonaServerError, update)).maybeApplied).toBe(true);
  await vi.waitFor(() => expect(persona.data()?.name).toBe('After All'));
});

it('so does one that meets nobody', async () => {
  const { cache, service, queries } = await queried();
  const list = watch(cache, queries.personas.list());
  await vi.waitFor(() => expect(list.data()?.total).toBe(5));
  await service.fetch('http://any/api/v1/personas/1', { method: 'DELETE' });
  await failureOf(PersonaNotFoundError, mutate(cache, queries.personas.delete(), 1));
  await vi.waitFor(() => expect(list.data()?.total).toBe(4));
});

it('a write refused here outdates nothing', async () => {
  const { cache, asked, queries } = await queried();
  const list = watch(cache, queries.personas.list());
  await vi.waitFor(() => expect(list.data()).toBeTruthy());
  await failureOf(PersonaValidationError, mutate(cache, queries.personas.create(), { name: '' }));
  expect(cache.getQueryState(queries.keys.list())).toMatchObject({
    isInvalidated: false,
    fetchStatus: 'idle',
  });
  expect(asked()).toHaveLength(1);
});

/** Answers to GETs of the first persona wait behind this gate; what they say was settled before. */
async function gated(mounted: boolean) {
  const { service, cache, connect } = await queried();
  const gate = deferred<void>();
  const held = deferred<void>();
  let first = true;
  const client = connect({
    fetch: async (input, init) => {
      const response = await service.fetch(input as string, init);
      if (init?.method !== 'GET' || !String(input).endsWith('/personas/1') || !first) return response;
      first = false;
      held.resolve();
      await gate.promise;
      return response;
    },
  });
  const queries = personaQueries(client);
  const options = queries.personas.get(1);
  if (mounted) onTestFinished(new QueryObserver(cache, options).subscribe(() => {}));
  else void cache.prefetchQuery(options);
  await held.promise;
  await mutate(cache, queries.personas.update(), { id: 1, data: { name: 'New' } });
  gate.resolve();
  return { cache, options };
}

it('a read that began before the write does not bring back what was: mounted', async () => {
  const { cache, options } = await gated(true);
  await vi.waitFor(() => expect(cache.isFetching()).toBe(0));
  expect(cache.getQueryData(options.queryKey)?.name).toBe('New');
});

it('a read that began before the write does not pass for fresh: not mounted', async () => {
  const { cache, options } = await gated(false);
  await vi.waitFor(() =>
    expect(cache.getQueryState(options.queryKey)).toMatchObject({ fetchStatus: 'idle', isInvalidated: true }),
  );
  expect((await cache.fetchQuery({ ...options, staleTime: 60_000 })).name).toBe('New');
});

it('callbacks of one’s own displace nothing', async () => {
  const { cache, queries } = await queried();
  const list = watch(cache, queries.personas.list());
  await vi.waitFor(() => expect(list.data()?.total).toBe(5));
  const said: unknown[] = [];
  const own = { onSuccess: (data: unknown) => said.push(data), onSettled: () => said.push('settled') };
  const observer = new MutationObserver(cache, { ...queries.personas.create(), ...own });
  const created = await observer.mutate({ name: 'Grace' });
  expect(said).toEqual([created, 'settled']);
  await vi.waitFor(() => expect(list.data()?.total).toBe(6));
});
