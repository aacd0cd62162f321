// A proxy in front of the service (a staging gateway, nginx) responds to one login or refresh with 401 and an HTML page.
// Every later call fails with credentials_rejected and sends nothing, and stored tokens are deleted. Only a restart helps.
// Only a 401 with the service's own JSON should reject the credentials, as for 400, 403 and 422. The client should keep them.
import {
  checkEqual,
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
const createTokenResponse = () => ({
  access_token: createJwt({ sub: 'a', iat: nowSeconds(), exp: nowSeconds() + 900, n: Math.random() }),
  refresh_token: `r${Math.random()}`,
});
const createHtmlResponse = (status) => ({
  status,
  headers: { 'content-type': 'text/html', 'www-authenticate': 'Basic realm="staging"' },
  body: '<h1>401 Authorization Required</h1><hr>nginx',
});
await Promise.all(
  [401, 403].flatMap((status) =>
    ['login', 'refresh'].map(async (endpoint) => {
      let badResponses = 1;
      const tokenStore = new Map();
      const expiredHeaders = new Set();
      const service = await startStubService(({ path, headers }) => {
        if (path.endsWith(endpoint) && badResponses-- > 0) return createHtmlResponse(status);
        if (path.includes('/auth/')) return { body: createTokenResponse() };
        return headers.authorization && !expiredHeaders.has(headers.authorization)
          ? { body: createPersona(1) }
          : { status: 401, body: { msg: 'expired' } };
      });
      const client = new PersonaClient({
        baseUrl: service.url,
        dialect: 'subresource',
        cache: false,
        retry: false,
        ...(endpoint === 'login'
          ? { auth: { username: 'a', password: 'b' } }
          : { principal: 'me', tokenStore }),
      });
      if (endpoint === 'refresh') {
        await client.auth.login({ username: 'a', password: 'b' });
        expiredHeaders.add(`Bearer ${tokenStore.values().next().value.accessToken}`);
      }
      let outcome = '';
      for (let i = 0; i < 12 && outcome !== 'ok'; i++) {
        const { error } = await settle(client.personas.get(1));
        outcome = error?.code ?? 'ok';
        await sleep(outcome === 'ok' ? 0 : 1_000);
      }
      checkEqual(
        `one HTML ${status} at the ${endpoint}${status === 403 ? ' (control)' : ''}: calls succeed within 12 s`,
        outcome,
        'ok',
      );
      if (endpoint === 'refresh')
        checkEqual(
          `one HTML ${status} at the refresh${status === 403 ? ' (control)' : ''}: the store keeps the tokens`,
          tokenStore.size,
          1,
        );
      client.close();
      service.close();
    }),
  ),
);
finish();
