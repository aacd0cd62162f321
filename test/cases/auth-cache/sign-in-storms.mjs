// The login or refresh endpoint responds with 429 and Retry-After: 60, or every route responds with 503.
// A hundred calls send a hundred logins or refreshes within a second, and the circuit stays closed.
// The client should delay that endpoint for Retry-After, or some seconds, and fail fast. An outage should open the circuit.
import {
  check,
  createJwt,
  createPersona,
  finish,
  load,
  nowSeconds,
  setTimeLimitSeconds,
  settle,
  sleep,
  startStubService,
} from '../lib.mjs';

setTimeLimitSeconds(40);
const { PersonaClient } = await load();
const createToken = (lifetimeSeconds, ageSeconds = 0) =>
  createJwt({ sub: 'a', iat: nowSeconds() - ageSeconds, exp: nowSeconds() - ageSeconds + lifetimeSeconds });
const TOO_MANY_REQUESTS = { status: 429, headers: { 'retry-after': '60' }, body: { msg: 'slow down' } };
const UNAVAILABLE = { status: 503, body: { error: 'down' } };
const NO_BACKOFF = { retry: { backoffMs: 1, maxBackoffMs: 2 } };
async function run(scenario, respond, options, maxRequests) {
  const service = await startStubService(respond);
  const client = new PersonaClient({
    baseUrl: service.url,
    dialect: 'subresource',
    cache: false,
    ...options,
  });
  for (let i = 0; i < 100; i++) await settle(client.personas.get(i + 1));
  const authRequests = service.count('POST', /auth/);
  check(
    `${scenario}: 100 calls send at most ${maxRequests} logins or refreshes`,
    authRequests <= maxRequests,
    `${authRequests}, circuit ${client.circuit}`,
    `at most ${maxRequests}`,
  );
  client.close();
  service.close();
}
await run(
  'login fails with 429',
  ({ path }) => (path.includes('login') ? TOO_MANY_REQUESTS : { body: createPersona(1) }),
  { auth: { username: 'a', password: 'b' } },
  5,
);
await run(
  'refresh fails with 429, the access token has expired',
  ({ path }) => (path.includes('refresh') ? TOO_MANY_REQUESTS : { status: 401, body: { msg: 'expired' } }),
  { auth: { accessToken: createToken(900, 1000), refreshToken: 'r' } },
  5,
);
await run(
  'every route fails with 503, no session yet',
  () => UNAVAILABLE,
  { auth: { username: 'a', password: 'b' }, ...NO_BACKOFF },
  20,
);
{
  let isDown = false;
  const service = await startStubService(({ path }) =>
    isDown
      ? UNAVAILABLE
      : path.includes('/auth/')
        ? { body: { access_token: createToken(2), refresh_token: 'r' } }
        : { body: createPersona(1) },
  );
  const client = new PersonaClient({
    baseUrl: service.url,
    dialect: 'subresource',
    cache: false,
    auth: { username: 'a', password: 'b' },
    ...NO_BACKOFF,
  });
  await client.personas.get(1);
  isDown = true;
  await sleep(2_200);
  const before = service.count('POST', /auth/);
  for (let i = 0; i < 100; i++) await settle(client.personas.get(1));
  const authRequests = service.count('POST', /auth/) - before;
  check(
    'an outage outlasts the access token: 100 calls send at most 20 refreshes',
    authRequests <= 20,
    `${authRequests}, circuit ${client.circuit}`,
    'at most 20, then the circuit is open',
  );
  client.close();
  service.close();
}
finish();
