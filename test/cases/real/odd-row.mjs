// The service stores any JSON: one persona has "age": "thirty". Other clients list it without problems.
// Every page with this row fails with a PersonaResponseError: list, iterate, toArray. get, demographic.get and privacy.export fail for it.
// update is applied and then rejects. createMany with a journal does not start. The same is true for NaN in a category.
// Reads should be lenient per row: return the value unchanged, as categories do, or omit it, and emit an event.
import { join } from 'node:path';
import {
  check,
  createTempFolder,
  describeOutcome,
  finish,
  load,
  setTimeLimitSeconds,
  settle,
} from '../lib.mjs';
import { startStubPersonaService } from './_service.mjs';

setTimeLimitSeconds(40);
const { PersonaClient } = await load();
const { createMany, createPrivacy } = await load('collections.js');
const { fileJournal } = await load('node.js');
const service = await startStubPersonaService();
for (let i = 1; i <= 8; i++) service.add({ name: `P${i}` });
const oddId = service.add({ name: 'odd', demographic: { age: 'thirty', city: 'Oslo' } }).id;
const client = new PersonaClient({ baseUrl: service.url, retry: false, cache: false, breaker: false });
const checkNotRejected = async (scenario, call) => {
  const outcome = await describeOutcome(call());
  check(scenario, !/invalid_response|raw/.test(outcome), outcome, 'a result');
};
await checkNotRejected('personas.list: nine rows, one is odd', () => client.personas.list());
await checkNotRejected('personas.toArray', () => client.personas.toArray());
await checkNotRejected('personas.get of the odd row', () => client.personas.get(oddId));
await checkNotRejected('demographic.get of the odd row', () => client.demographic.get(oddId));
await checkNotRejected('personas.update of the odd row', () =>
  client.personas.update(oddId, { name: 'odd' }),
);
await checkNotRejected('privacy.export of the odd row', () => createPrivacy(client).export(oddId));
const run = await settle(
  createMany(client, [{ name: 'new' }], {
    journal: fileJournal(join(createTempFolder(), 'j')),
    lateWriteWindowMs: 200,
  }).finish(),
);
check(
  'createMany with a journal, the odd row is the newest',
  run.value?.succeeded === 1 || [...service.rows.values()].some((r) => r.name === 'new'),
  run.error ? `${run.error.code}: ${run.error.message.slice(0, 80)}` : run.value,
  'one persona created',
);
const nanService = await startStubPersonaService({
  before: ({ path, method }) =>
    method === 'GET' && path.endsWith('/personas')
      ? {
          body: '{"personas":[{"id":2,"name":"B","created_at":"2026-01-01T00:00:00","updated_at":"2026-01-01T00:00:00","contextual":{"x":NaN}},{"id":1,"name":"A","created_at":"2026-01-01T00:00:00","updated_at":"2026-01-01T00:00:00"}],"total":2,"page":1,"per_page":20,"pages":1}',
        }
      : undefined,
});
await checkNotRejected('personas.list: one row holds NaN', () =>
  new PersonaClient({ baseUrl: nanService.url, retry: false, cache: false }).personas.list(),
);
finish();
