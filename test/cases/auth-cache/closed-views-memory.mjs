// A server creates a view per request, client.as(...), with a token store and a principal, and closes it, as the README advises.
// Every closed view stays in memory, 4 KB each, with its password. A million requests exhaust the process.
// close() should release the view: no listener, abort reason or watcher of a closed view should remain.
import v8 from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  check,
  createJsonResponse,
  createJwt,
  createPersona,
  finish,
  load,
  nowSeconds,
  setTimeLimitSeconds,
  sleep,
} from '../lib.mjs';

setTimeLimitSeconds(40);
v8.setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc');
const { PersonaClient } = await load();
const fetch = async (url) =>
  createJsonResponse(
    String(url).includes('/auth/')
      ? {
          access_token: createJwt({ sub: 'u', iat: nowSeconds(), exp: nowSeconds() + 3600 }),
          refresh_token: 'r',
        }
      : createPersona(1),
  );
const client = new PersonaClient({ fetch, dialect: 'subresource', cache: false, tokenStore: new Map() });
for (const [scenario, endView] of [
  ['left open (control)', () => {}],
  ['closed', (view) => view.close()],
  [
    'logged out, then closed',
    async (view) => {
      await view.auth.logout();
      view.close();
    },
  ],
]) {
  const refs = [];
  for (let i = 0; i < 200; i++) {
    const view = client.as({ username: 'u', password: 'x' }, { principal: 'u' });
    await view.personas.get(1);
    await endView(view);
    refs.push(new WeakRef(view));
  }
  for (let i = 0; i < 6; i++) {
    gc();
    await sleep(10);
  }
  const reachable = refs.filter((ref) => ref.deref()).length;
  check(
    `200 views, ${scenario}: garbage-collected`,
    reachable < 10,
    `${reachable} of 200 still reachable`,
    'none',
  );
}
finish();
