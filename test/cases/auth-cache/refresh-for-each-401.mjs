// One persona responds with 401 to every token, because it needs another role. The application reads it repeatedly.
// Each read costs a refresh, a login or a getToken call, and every refresh rotates the tokens of the whole session.
// A 401 right after a refresh says nothing about the token. The client should not refresh again for a while.
import {
  check,
  createJwt,
  createPersona,
  finish,
  load,
  nowSeconds,
  setTimeLimitSeconds,
  settle,
  startStubService,
} from '../lib.mjs';

setTimeLimitSeconds(30);
const { PersonaClient } = await load();
let tokenRequests = 0;
const createTokenResponse = () => ({
  access_token: createJwt({ sub: 'a', iat: nowSeconds(), exp: nowSeconds() + 900, n: Math.random() }),
  refresh_token: `r${Math.random()}`,
});
for (const [kind, auth] of [
  ['token pair', { accessToken: createTokenResponse().access_token, refreshToken: 'r' }],
  ['password', { username: 'a', password: 'b' }],
  [
    'getToken',
    {
      getToken: async () => {
        tokenRequests++;
        return createTokenResponse().access_token;
      },
    },
  ],
]) {
  tokenRequests = 0;
  const service = await startStubService(({ path, id }) =>
    path.includes('/auth/')
      ? { body: createTokenResponse() }
      : id === 13
        ? { status: 401, body: { error: 'this persona needs another role' } }
        : { body: createPersona(id) },
  );
  const client = new PersonaClient({ baseUrl: service.url, dialect: 'subresource', cache: false, auth });
  for (let i = 0; i < 100; i++) {
    await settle(client.personas.get(13));
    await settle(client.personas.get(1));
  }
  const refreshes = tokenRequests + service.count('POST', /auth/);
  check(`${kind}: 100 rejected reads cost at most 10 refreshes`, refreshes <= 10, refreshes, 'at most 10');
  client.close();
  service.close();
}
finish();
