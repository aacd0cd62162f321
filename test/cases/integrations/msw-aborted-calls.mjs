// A component aborts its read (unmount, React's StrictMode, TanStack's cancel) while msw waits for the local service.
// The handler rejects with the AbortError. msw treats that as a bug, prints two errors to the console and responds with 500.
// Every test that unmounts early prints errors, and fails where console.error is forbidden.
// An aborted request should be a network error like the others: Response.error().
import { check, finish, load, requireDevPackage, setTimeLimitSeconds, settle, sleep } from '../lib.mjs';

setTimeLimitSeconds(20);
const { http } = requireDevPackage('msw');
const { setupServer } = requireDevPackage('msw/node');
const { PersonaClient } = await load();
const { createPersonaService, delay, toMswHandlers } = await load('testing.js');
const lines = [];
for (const level of ['error', 'warn']) console[level] = (...args) => lines.push(args.map(String).join(' '));
const service = createPersonaService();
const worker = setupServer(...toMswHandlers(service, { http }));
worker.listen({ onUnhandledRequest: 'error' });
const client = new PersonaClient();
service.faults.add(delay(200));
for (const [scenario, call] of [
  ['the caller aborts', (signal) => client.personas.get(1, { signal })],
  ['an attempt times out', () => client.personas.get(2, { timeoutMs: 50, retry: false })],
]) {
  lines.length = 0;
  const controller = new AbortController();
  const pendingCall = settle(call(controller.signal));
  await sleep(50);
  controller.abort();
  const { error } = await pendingCall;
  await sleep(400);
  check(
    `${scenario} (${error?.code}): nothing on the console`,
    lines.length === 0,
    `${lines.length} lines: ${lines[0]}`,
    'no line',
  );
}
worker.close();
await service.close();
finish();
