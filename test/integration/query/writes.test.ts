import { MutationObserver, type QueryClient, QueryObserver } from '@tanstack/query-core';
import { PersonaNotFoundError, PersonaServerError, PersonaValidationError } from 'persona-client';
import { type PersonaMutation, personaQueries } from 'persona-client/query';
import { expect, it, onTestFinished, vi } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { setupQueries } from '../../support/query.js';
import { ResponseGate } from '../../support/response-gate.js';

const mutate = <Data, Variables>(
  queryClient: QueryClient,
  options: PersonaMutation<Data, Variables>,
  variables: Variables,
) => new MutationObserver(queryClient, { ...options }).mutate(variables);

/** Observes a query as a mounted component does. */
function observe<Data>(
  queryClient: QueryClient,
  options: ConstructorParameters<typeof QueryObserver<Data>>[1],
) {
  const observer = new QueryObserver<Data>(queryClient, options);
  onTestFinished(observer.subscribe(() => {}));
  return { data: () => observer.getCurrentResult().data };
}

it('drops cached categories of a deleted persona whose id a created one gets', async () => {
  const { queryClient, queries } = await setupQueries();
  const { queryKey } = queries.psychographic.get(6);
  queryClient.setQueryData(queryKey, { lifestyle: 'of the deleted persona' });
  expect(await mutate(queryClient, queries.personas.create(), { name: 'Grace' })).toMatchObject({ id: 6 });
  expect(queryClient.getQueryData(queryKey)).toBeUndefined();
});

it('caches a created persona and refetches lists', async () => {
  const { queryClient, requestLines, queries } = await setupQueries();
  const list = observe(queryClient, queries.personas.list());
  await vi.waitFor(() => expect(list.data()?.total).toBe(5));
  const created = await mutate(queryClient, queries.personas.create(), { name: 'Grace' });
  expect(queryClient.getQueryData(queries.personas.get(created.id).queryKey)).toEqual(created);
  await vi.waitFor(() => expect(list.data()?.total).toBe(6));
  expect(requestLines().filter((line) => line.startsWith('GET /api/v1/personas/'))).toEqual([]);
});

it('updates the cached persona, then refetches its categories and the lists', async () => {
  const { queryClient, queries } = await setupQueries();
  const list = observe(queryClient, queries.personas.list());
  const persona = observe(queryClient, queries.personas.get(1));
  const category = observe(queryClient, queries.psychographic.get(1));
  const other = observe(queryClient, queries.personas.get(2));
  await vi.waitFor(() =>
    expect(list.data() && persona.data() && category.data() && other.data()).toBeTruthy(),
  );
  const before = other.data();
  const updated = await mutate(queryClient, queries.personas.update(), {
    id: 1,
    data: { name: 'Renamed', psychographic: { interests: ['chess'] } },
  });
  expect(persona.data()).toEqual(updated);
  await vi.waitFor(() => expect(list.data()?.items[0]?.name).toBe('Renamed'));
  await vi.waitFor(() => expect(category.data()?.interests).toEqual(['chess']));
  expect(other.data()).toBe(before);
});

it.each(['demographic', 'contextual'] as const)(
  'refetches the persona after an update of its category: %s',
  async (name) => {
    const { queryClient, queries } = await setupQueries();
    const persona = observe(queryClient, queries.personas.get(1));
    const category = observe(queryClient, queries[name].get(1) as ReturnType<typeof queries.contextual.get>);
    await vi.waitFor(() => expect(persona.data() && category.data()).toBeTruthy());
    const data = name === 'demographic' ? { city: 'Oslo' } : { season: 'winter' };
    const options = queries[name].update() as PersonaMutation<unknown, unknown>;
    const updated = await mutate(queryClient, options, { id: 1, data });
    expect(category.data()).toEqual(updated);
    await vi.waitFor(() => expect(persona.data()?.[name]).toMatchObject(data));
  },
);

it('removes a deleted persona and its categories from the cache', async () => {
  const { queryClient, queries } = await setupQueries();
  const list = observe(queryClient, queries.personas.list());
  await queryClient.fetchQuery(queries.personas.get(1));
  await queryClient.fetchQuery(queries.behavioral.get(1));
  await vi.waitFor(() => expect(list.data()?.total).toBe(5));
  await mutate(queryClient, queries.personas.delete(), 1);
  expect(queryClient.getQueryCache().findAll({ queryKey: queries.keys.persona(1) })).toEqual([]);
  await vi.waitFor(() => expect(list.data()?.total).toBe(4));
});

it('invalidates after a failed write that may have been applied', async () => {
  const { queryClient, service, queries } = await setupQueries();
  const persona = observe(queryClient, queries.personas.get(1));
  await vi.waitFor(() => expect(persona.data()).toBeTruthy());
  service.faults.add({ status: 500, afterWrite: true, match: { method: 'PUT' } });
  const update = mutate(queryClient, queries.personas.update(), { id: 1, data: { name: 'After All' } });
  expect((await expectRejection(PersonaServerError, update)).maybeApplied).toBe(true);
  await vi.waitFor(() => expect(persona.data()?.name).toBe('After All'));
});

it('invalidates after a write to a persona that does not exist', async () => {
  const { queryClient, service, queries } = await setupQueries();
  const list = observe(queryClient, queries.personas.list());
  await vi.waitFor(() => expect(list.data()?.total).toBe(5));
  await service.fetch('http://any/api/v1/personas/1', { method: 'DELETE' });
  await expectRejection(PersonaNotFoundError, mutate(queryClient, queries.personas.delete(), 1));
  await vi.waitFor(() => expect(list.data()?.total).toBe(4));
});

it('invalidates nothing after a write that the client rejects', async () => {
  const { queryClient, requestLines, queries } = await setupQueries();
  const list = observe(queryClient, queries.personas.list());
  await vi.waitFor(() => expect(list.data()).toBeTruthy());
  await expectRejection(PersonaValidationError, mutate(queryClient, queries.personas.create(), { name: '' }));
  expect(queryClient.getQueryState(queries.keys.list())).toMatchObject({
    isInvalidated: false,
    fetchStatus: 'idle',
  });
  expect(requestLines()).toHaveLength(1);
});

/** Updates a persona while a GET of it is in flight. The response of the GET contains the old data. */
async function updateDuringRead(mounted: boolean) {
  const { service, queryClient, connect } = await setupQueries();
  const gate = new ResponseGate(/^GET .*\/personas\/1$/, 1);
  const client = connect({ fetch: gate.wrap(service.fetch) });
  const queries = personaQueries(client);
  const options = queries.personas.get(1);
  if (mounted) onTestFinished(new QueryObserver(queryClient, options).subscribe(() => {}));
  else void queryClient.prefetchQuery(options);
  await gate.reached;
  await mutate(queryClient, queries.personas.update(), { id: 1, data: { name: 'New' } });
  gate.open();
  return { queryClient, options };
}

it('a mounted query does not restore old data from a read that started before the write', async () => {
  const { queryClient, options } = await updateDuringRead(true);
  await vi.waitFor(() => expect(queryClient.isFetching()).toBe(0));
  expect(queryClient.getQueryData(options.queryKey)?.name).toBe('New');
});

it('an unmounted query does not treat a read that started before the write as fresh', async () => {
  const { queryClient, options } = await updateDuringRead(false);
  await vi.waitFor(() =>
    expect(queryClient.getQueryState(options.queryKey)).toMatchObject({
      fetchStatus: 'idle',
      isInvalidated: true,
    }),
  );
  expect((await queryClient.fetchQuery({ ...options, staleTime: 60_000 })).name).toBe('New');
});

it('invalidates even if the application has its own callbacks', async () => {
  const { queryClient, queries } = await setupQueries();
  const list = observe(queryClient, queries.personas.list());
  await vi.waitFor(() => expect(list.data()?.total).toBe(5));
  const calls: unknown[] = [];
  const callbacks = {
    onSuccess: (data: unknown) => calls.push(data),
    onSettled: () => calls.push('settled'),
  };
  const observer = new MutationObserver(queryClient, { ...queries.personas.create(), ...callbacks });
  const created = await observer.mutate({ name: 'Grace' });
  expect(calls).toEqual([created, 'settled']);
  await vi.waitFor(() => expect(list.data()?.total).toBe(6));
});
