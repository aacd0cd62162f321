// TanStack Query: a delete fails with 404 (another client was faster), or its response is lost. The README says that a failed write
// that may have been applied invalidates "lists and its persona". Only the lists are invalidated. The persona and its categories stay fresh,
// so a page shows a deleted persona, forever with staleTime: Infinity. `delete` should invalidate the persona as well.
import { check, finish, load, requireDevPackage, setTimeLimitSeconds, settle, sleep } from '../lib.mjs';

setTimeLimitSeconds(30);
const { QueryClient, QueryObserver, MutationObserver } = requireDevPackage('@tanstack/query-core');
const { PersonaClient } = await load();
const { createPersonaService, fail, reset } = await load('testing.js');
const { personaQueries } = await load('query.js');
const service = createPersonaService();
const createClient = () => new PersonaClient({ fetch: service.fetch, retry: { limit: 0 } });
const client = createClient();
const queries = personaQueries(client);
for (const [scenario, prepare] of [
  ['already deleted (404)', async (id) => createClient().personas.delete(id)],
  [
    'the response is lost',
    async () => service.faults.add(reset({ match: { method: 'DELETE' }, afterWrite: true, times: 1 })),
  ],
  [
    '500 after it was applied',
    async () =>
      service.faults.add(fail({ status: 500, match: { method: 'DELETE' }, afterWrite: true, times: 1 })),
  ],
  [
    '(control) rejected, not applied',
    async () => service.faults.add(fail({ status: 403, match: { method: 'DELETE' }, times: 1 })),
  ],
]) {
  const isControl = scenario.startsWith('(control)');
  const cache = new QueryClient({ defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY } } });
  cache.mount();
  const { id } = await client.personas.create({ name: 'Deleted', psychographic: { lifestyle: 'x' } });
  const observer = new QueryObserver(cache, queries.personas.get(id));
  const unsubscribe = observer.subscribe(() => {});
  await cache.fetchQuery(queries.psychographic.get(id));
  while (observer.getCurrentResult().status === 'pending') await sleep(5);
  await prepare(id);
  const { error } = await settle(new MutationObserver(cache, queries.personas.delete()).mutate(id));
  await sleep(100);
  const { status } = observer.getCurrentResult();
  const category = await settle(cache.fetchQuery(queries.psychographic.get(id)));
  const actual = `${error?.code}; persona ${status}, its category ${category.error?.code ?? 'unchanged'}`;
  if (isControl) check(scenario, status === 'success' && !category.error, actual, 'both unchanged');
  else {
    check(`delete, ${scenario}: the displayed persona is refetched`, status === 'error', actual, 'not_found');
    check(
      `delete, ${scenario}: a category is refetched on demand`,
      category.error?.code === 'not_found',
      actual,
      'not_found',
    );
  }
  unsubscribe();
  cache.clear();
  cache.unmount();
}
await service.close();
finish();
