// An application calls personas.get in forty places, and one of them logs that a persona does not exist.
// The error's stack has no frame of the application, because cached reads lose it. Writes and other SDKs keep it.
// The stack should end at the caller's line, also for list, toArray and withMeta.
import { check, finish, load, setTimeLimitSeconds } from '../lib.mjs';

setTimeLimitSeconds(20);
const { PersonaClient } = await load();
const { createPersonaService, fail } = await load('testing.js');
const service = createPersonaService();
const client = new PersonaClient({ fetch: service.fetch, retry: false, breaker: false });
async function callFromApplication(call) {
  return await call();
}
const readStack = async (call) => (await callFromApplication(call).catch((e) => e)).stack;
const update = await readStack(() => client.personas.update(999, { name: 'x' }));
check(
  'personas.update (control): the stack has the caller',
  update.includes('callFromApplication'),
  'no frame of the caller',
  'callFromApplication',
);
const get = await readStack(() => client.personas.get(999));
check(
  'personas.get: the stack has the caller',
  get.includes('callFromApplication'),
  'no frame of the caller',
  'callFromApplication',
);
service.faults.add(fail({ status: 500 }));
for (const [name, call] of [
  ['personas.list', () => client.personas.list()],
  ['personas.toArray', () => client.personas.toArray()],
  ['withMeta.personas.get', () => client.withMeta.personas.get(3)],
]) {
  const stack = await readStack(call);
  check(
    `${name}: the stack has the caller`,
    stack.includes('callFromApplication'),
    `${stack.split('\n    at').length - 1} frames, none of the caller`,
    'callFromApplication',
  );
}
finish();
