// Needs msw. The service has a base path (http://gateway/personas-service), which the client's `baseUrl` allows. A test passes the
// local service's fetch to that client. Every call fails with route_not_found, because the local service matches the whole path.
// toMswHandlers accepts the same `baseUrl`, intercepts the requests and responds with 404. It does not even intercept an address
// with the default port or with a parenthesis. The handlers should serve every `baseUrl` that the client accepts.
// The local service's `fetch` needs an option for its base path.
import { check, finish, load, requireDevPackage, setTimeLimitSeconds, settle } from '../lib.mjs';

setTimeLimitSeconds(40);
const { PersonaClient } = await load();
const { createPersonaService, toMswHandlers } = await load('testing.js');
const { http } = requireDevPackage('msw');
const { setupServer } = requireDevPackage('msw/node');
console.warn = () => {}; // msw warns about requests that it does not intercept.
for (const [baseUrl, prefix] of [
  ['http://localhost:5050', '(control) '],
  ['http://localhost:5050/', '(control) '],
  ['http://localhost:5050/gateway'],
  ['http://localhost:5050/gateway/'],
  ['http://localhost:5050/a/b/c'],
  ['http://localhost:5050/eu(west)'],
  ['http://127.0.0.1:80'],
  ['https://localhost:443'],
]) {
  const service = createPersonaService();
  const worker = setupServer(...toMswHandlers(service, { http, baseUrl }));
  worker.listen();
  const client = new PersonaClient({ baseUrl, retry: { limit: 0 }, timeoutMs: 2_000 });
  for (const [scenario, call] of [
    ['get', () => client.personas.get(1)],
    ['create', () => client.personas.create({ name: 'New' })],
    ['health', () => client.health.check()],
  ]) {
    const { error } = await settle(call());
    check(
      `${prefix ?? ''}msw handlers at ${baseUrl}: ${scenario}`,
      !error,
      `${error?.code}: ${error?.message}`,
      'a response of the local service',
    );
  }
  worker.close();
  client.close();
  await service.close();
}
finish();
