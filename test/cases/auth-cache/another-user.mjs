// An application logs Alice out and Bob in, and getToken now returns Bob's token. The tokens have no `sub`, or are opaque.
// After a 401 or auth.refresh(), the client keeps the same cache, and Bob gets personas that Alice read.
// Two tokens without a `sub` may belong to different users. The client should clear the cache, unless `principal` is set.
import {
  check,
  createJwt,
  createPersona,
  finish,
  load,
  nowSeconds,
  setTimeLimitSeconds,
  startStubService,
} from '../lib.mjs';

setTimeLimitSeconds(20);
const { PersonaClient } = await load();
for (const [kind, createToken] of [
  ['JWT with sub (control)', (u) => createJwt({ sub: u, iat: nowSeconds(), exp: nowSeconds() + 900 })],
  ['JWT without sub', (u) => createJwt({ identity: u, iat: nowSeconds(), exp: nowSeconds() + 900 })],
  ['opaque token', (u) => `opaque-${u}-${Math.random()}`],
  ['encrypted token (five parts)', (u) => `eyJh.${Math.random().toString(36).slice(2)}.a.b.c-${u}`],
])
  for (const trigger of ['the service rejects the old token with 401', 'auth.refresh()']) {
    let user = 'alice';
    const ownerByToken = new Map();
    const expiredTokens = new Set();
    const service = await startStubService(({ headers, id }) => {
      const token = (headers.authorization ?? '').slice(7);
      return ownerByToken.has(token) && !expiredTokens.has(token)
        ? { body: createPersona(id, { name: `${ownerByToken.get(token)}'s view` }) }
        : { status: 401, body: { msg: 'no' } };
    });
    const client = new PersonaClient({
      baseUrl: service.url,
      dialect: 'subresource',
      auth: {
        getToken: async () => {
          const token = createToken(user);
          ownerByToken.set(token, user);
          return token;
        },
      },
    });
    await client.personas.get(1);
    user = 'bob';
    for (const token of ownerByToken.keys()) expiredTokens.add(token);
    if (trigger === 'auth.refresh()') await client.auth.refresh();
    else await client.personas.get(2);
    const { name } = await client.personas.get(1);
    check(`${kind}; ${trigger}: Bob does not get what Alice read`, name === "bob's view", name, "bob's view");
    client.close();
    service.close();
  }
finish();
