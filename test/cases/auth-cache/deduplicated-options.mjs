// Two callers read the same persona at the same time. A passes retry: false or timeoutMs: 50. B uses the defaults.
// B shares A's request and fails with A's limits. In the reverse order, B waits past its own timeout.
// A call should share only a request with limits at least as generous, or send its own when the shared one fails.
import {
  check,
  createPage,
  createPersona,
  describeOutcome,
  finish,
  load,
  setTimeLimitSeconds,
  sleep,
  startStubService,
} from '../lib.mjs';

setTimeLimitSeconds(30);
const { PersonaClient } = await load();
async function run(title, respond, makeCalls) {
  const service = await startStubService(respond);
  const client = new PersonaClient({
    baseUrl: service.url,
    dialect: 'subresource',
    retry: { backoffMs: 20 },
  });
  await makeCalls(client, title);
  client.close();
  service.close();
}
const failOnce = ({ attempt }) =>
  attempt === 1 ? { status: 503, delayMs: 100, body: { error: 'x' } } : { body: createPersona(1) };
await run('the service fails once; A: retry: false, B: defaults', failOnce, async (client, title) => {
  const callA = describeOutcome(client.personas.get(1, { retry: false }));
  const outcomeB = await describeOutcome(client.personas.get(1));
  await callA;
  check(`${title}: B gets the persona`, outcomeB === '"P1"', outcomeB, '"P1"');
});
await run(
  'the service responds after 300 ms; A: timeoutMs: 50, B: defaults',
  () => ({ delayMs: 300, body: createPersona(1) }),
  async (client, title) => {
    const callA = describeOutcome(client.personas.get(1, { timeoutMs: 50, retry: false }));
    const outcomeB = await describeOutcome(client.personas.get(1));
    await callA;
    check(`${title}: B gets the persona`, outcomeB === '"P1"', outcomeB, '"P1"');
  },
);
await run(
  'the service responds after 1,500 ms; A: defaults, B: timeoutMs: 100, retry: false',
  () => ({ delayMs: 1500, body: createPersona(1) }),
  async (client, title) => {
    const callA = describeOutcome(client.personas.get(1));
    await sleep(10);
    const startedAt = performance.now();
    await describeOutcome(client.personas.get(1, { timeoutMs: 100, retry: false }));
    const elapsedMs = Math.round(performance.now() - startedAt);
    await callA;
    check(`${title}: B fails at its own timeout`, elapsedMs < 700, `${elapsedMs} ms`, '100 ms');
  },
);
await run(
  'a list; A: retry: false, B: defaults; the service fails once',
  ({ attempt, query }) =>
    attempt === 1 ? { status: 502, delayMs: 100, body: '' } : { body: createPage([createPersona(1)], query) },
  async (client, title) => {
    const callA = describeOutcome(client.personas.list({}, { retry: false }));
    const outcomeB = await describeOutcome(client.personas.list());
    await callA;
    check(`${title}: B gets the list`, outcomeB === 'a result', outcomeB, 'a result');
  },
);
await run(
  'A: ttlMs: 1, B: default ttlMs',
  () => ({ delayMs: 50, body: createPersona(1) }),
  async (client, title) => {
    await Promise.all([client.personas.get(1, { cache: { ttlMs: 1 } }), client.personas.get(1)]);
    await sleep(20);
    const { source } = (await client.withMeta.personas.get(1)).meta;
    check(`${title}: the entry lives as long as B's ttlMs says`, source === 'cache', source, 'cache');
  },
);
finish();
