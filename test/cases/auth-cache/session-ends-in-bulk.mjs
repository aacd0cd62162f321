// The session ends during a bulk run of 2,000 creates: the service returns 401, and rejects the refresh for good.
// The remaining 1,900 items fail one by one with credentials_rejected, although none of them can succeed.
// The run should stop when no login is possible. Today only stopOnError does that.
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

setTimeLimitSeconds(40);
const { PersonaClient } = await load();
const { createMany } = await load('collections.js');
let posts = 0;
let id = 0;
const service = await startStubService(({ path, method, body }) => {
  if (path.includes('refresh')) return { status: 401, body: { msg: 'revoked' } };
  if (method === 'POST')
    return ++posts > 100
      ? { status: 401, body: { msg: 'expired' } }
      : { status: 201, body: createPersona(++id, JSON.parse(body)) };
  return { body: { personas: [], total: 0, page: 1, per_page: 20 } };
});
const client = new PersonaClient({
  baseUrl: service.url,
  dialect: 'subresource',
  auth: {
    accessToken: createJwt({ sub: 'a', iat: nowSeconds(), exp: nowSeconds() + 900 }),
    refreshToken: 'r',
  },
});
let failed = 0;
try {
  for await (const item of createMany(
    client,
    Array.from({ length: 2000 }, (_, i) => ({ name: `n${i}` })),
  ))
    if (!item.ok) failed++;
} catch {
  // The run stopped.
}
check(
  'the session ends after 100 items: the run stops',
  failed < 200,
  `${failed} items failed one by one`,
  'a stop after a few items',
);
finish();
