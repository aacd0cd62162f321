// The login endpoint fails with 408, 429, 500 or 503, resets, or stalls. The application makes one call with retry.limit 3.
// The client sends the password four times per call, which makes lockouts and rate limits worse. SECURITY.md says that retries
// never send it again. The client also sends a spent refresh token again, and the user is logged out.
// A retry should not repeat a failed login or refresh.
import {
  check,
  checkEqual,
  createJwt,
  createPersona,
  finish,
  load,
  nowSeconds,
  setTimeLimitSeconds,
  settle,
  startStubService,
} from '../lib.mjs';

setTimeLimitSeconds(50);
const { PersonaClient } = await load();
for (const [scenario, fault] of Object.entries({
  408: { status: 408, body: {} },
  429: { status: 429, headers: { 'retry-after': '0' }, body: {} },
  500: { status: 500, body: {} },
  503: { status: 503, body: {} },
  reset: { reset: true },
  stall: { hang: true },
  '401 (control)': { status: 401, body: { message: 'bad' } },
})) {
  const service = await startStubService(({ path }) =>
    path.includes('/auth/') ? fault : { body: createPersona(1) },
  );
  const client = new PersonaClient({
    baseUrl: service.url,
    auth: { username: 'u', password: 'hunter2' },
    dialect: 'subresource',
    timeoutMs: 300,
    retry: { limit: 3, backoffMs: 1 },
  });
  await settle(client.personas.get(1));
  checkEqual(
    `login: ${scenario}; number of times that one call sends the password`,
    service.requests.filter((r) => r.body.includes('hunter2')).length,
    1,
  );
  client.close();
  service.close();
}
for (const [scenario, fault] of Object.entries({
  'response lost': { reset: true },
  stall: { hang: true },
  503: { status: 503, body: {} },
})) {
  let isSpent = false;
  let repeats = 0;
  const service = await startStubService(({ path }) => {
    if (!path.endsWith('/refresh')) return { status: 401, body: { msg: 'Token has expired' } };
    if (isSpent) {
      repeats++;
      return { status: 401, body: { msg: 'Token has been revoked' } };
    }
    if (scenario !== '503') isSpent = true;
    return fault;
  });
  const client = new PersonaClient({
    baseUrl: service.url,
    auth: {
      accessToken: createJwt({ sub: 'a', iat: nowSeconds(), exp: nowSeconds() + 900 }),
      refreshToken: 'r',
    },
    dialect: 'subresource',
    timeoutMs: 300,
    retry: { limit: 3, backoffMs: 1 },
  });
  await settle(client.personas.get(1));
  checkEqual(
    `refresh: ${scenario}; number of times that one call sends the refresh token`,
    service.count('POST', /refresh/),
    1,
  );
  check(
    `refresh: ${scenario}; the session survives`,
    (await client.auth.session()).isLoggedIn,
    `logged out; a spent token was sent ${repeats} time(s)`,
    'logged in',
  );
  client.close();
  service.close();
}
finish();
