// A list is faulty: a page is empty or short (a replica, a filter after paging), or the service ignores the page parameter.
// iterate() yields 40 of 50 personas and reports complete: true. toArray() returns 10 or 40 of 50 without an error.
// A scan with fewer rows than the service's total is not complete. toArray() should reject if it cannot return all.
import {
  check,
  checkEqual,
  createPage,
  createPersona,
  finish,
  load,
  setTimeLimitSeconds,
  settle,
  startStubService,
} from '../lib.mjs';

setTimeLimitSeconds(40);
const { PersonaClient } = await load();
const rows = Array.from({ length: 50 }, (_, i) => createPersona(i + 1));
const createShortPage3 =
  (rowsLeft) =>
  ({ query }) => {
    const body = createPage(rows, query);
    return {
      body: query.get('page') === '3' ? { ...body, personas: body.personas.slice(0, rowsLeft) } : body,
    };
  };
const respondWithPage1 = ({ query }) => ({
  body: {
    ...createPage(rows, new URLSearchParams({ page: 1, per_page: query.get('per_page') })),
    page: Number(query.get('page')),
  },
});
for (const [scenario, respond] of [
  ['a correct list (control)', ({ query }) => ({ body: createPage(rows, query) })],
  ['page 3 is empty', createShortPage3(0)],
  ['page 3 has 4 of 10 rows', createShortPage3(4)],
  ['the service ignores the page parameter', respondWithPage1],
]) {
  const service = await startStubService(respond);
  const client = new PersonaClient({ baseUrl: service.url, dialect: 'subresource', cache: false });
  const iterator = client.personas.iterate({ perPage: 10 });
  let seenCount = 0;
  await settle(
    (async () => {
      for await (const _ of iterator) seenCount++;
    })(),
  );
  checkEqual(
    `${scenario}: iterate yields ${seenCount} of 50; report.complete`,
    iterator.report.complete,
    seenCount === 50,
  );
  const array = await settle(client.personas.toArray({ perPage: 10 }));
  check(
    `${scenario}: toArray returns all or rejects`,
    array.error !== undefined || array.value.length === 50,
    `${array.value?.length} of 50, no error`,
    '50, or an error',
  );
  client.close();
  service.close();
}
finish();
