// A test fakes the timers with the defaults of node:test. Vitest, Jest and Sinon also fake setImmediate by default.
// The first 20 calls succeed. Call 21 never ends, not even at its deadline, because the client frees its slots with setImmediate.
// The client should work with fake timers and without setImmediate, which throws in some runtimes.
import { mock } from 'node:test';
import { checkEqual, createJsonResponse, createPersona, finish, load, setTimeLimitSeconds } from '../lib.mjs';

setTimeLimitSeconds(20);
const { PersonaClient } = await load();
const realImmediate = setImmediate;
const settleOrHang = (work) =>
  Promise.race([
    work.then(
      () => 'ok',
      (e) => e.message,
    ),
    new Promise((resolve) => {
      let turns = 0;
      const turn = () => (++turns > 300 ? resolve('hangs') : realImmediate(turn));
      turn();
    }),
  ]);
for (const concurrency of [20, 1]) {
  mock.timers.enable();
  const client = new PersonaClient({
    baseUrl: 'http://x.test',
    dialect: 'subresource',
    cache: false,
    concurrency,
    fetch: async () => createJsonResponse(createPersona(1)),
  });
  let calls = 0;
  while (calls < 50 && (await settleOrHang(client.personas.get(1))) === 'ok') calls++;
  mock.timers.reset();
  checkEqual(`concurrency ${concurrency}: 50 calls in sequence`, calls, 50);
}
finish();
