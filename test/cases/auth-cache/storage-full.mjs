// Needs Chromium, and playwright-core and esbuild of the checkout.
// A page keeps its tokens in localStorage, and the storage is full. The user logs in, and calls work.
// When the access token expires, the client never sends a refresh. Every call fails with a token store error.
// A failing write should not end the session: the tokens are valid while the page lives. Web Locks can provide the lock.
import { createServer } from 'node:http';
import { join } from 'node:path';
import {
  bundle,
  check,
  distFolder,
  finish,
  INDEX,
  launchBrowser,
  load,
  setTimeLimitSeconds,
  sleep,
} from '../lib.mjs';

setTimeLimitSeconds(45);
const { createPersonaService } = await load('testing.js');
const script =
  await bundle(`import { PersonaClient } from ${JSON.stringify(INDEX)}; import { webStorageTokenStore } from ${JSON.stringify(join(distFolder, 'browser.js'))};
globalThis.make = () => { globalThis.client = new PersonaClient({ baseUrl: new URLSearchParams(location.search).get('s'), principal: 'this browser', tokenStore: webStorageTokenStore(), cache: false }); };
globalThis.fill = () => { let n = 0; for (const size of [1 << 20, 1 << 16, 1 << 12, 256, 16, 1]) for (;;) { try { localStorage.setItem('fill' + n++, 'x'.repeat(size)); } catch { break; } } };
globalThis.login = () => client.auth.login({ username: 'alice', password: 'secret' }).then(() => 'ok', (e) => e.code);
globalThis.read = () => client.personas.get(1).then(() => 'ok', (e) => e.code + ': ' + e.message.slice(0, 120));`);
const webServer = createServer((request, response) => {
  const isScript = request.url.startsWith('/p.js');
  response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' });
  response.end(isScript ? script : '<!doctype html><script src=/p.js></script>');
});
await new Promise((resolve) => webServer.listen(0, '127.0.0.1', resolve));
const chromium = await launchBrowser();
async function run(scenario, prepare) {
  const service = createPersonaService({
    auth: { users: { alice: 'secret' }, accessTtlSeconds: 2 },
    cors: { origins: ['*'] },
  });
  const { url } = await service.listen({ port: 0 });
  const tab = await (await chromium.newContext()).newPage();
  await tab.goto(`http://127.0.0.1:${webServer.address().port}/?s=${encodeURIComponent(url)}`);
  await prepare(tab);
  await sleep(2_500);
  const outcome = await tab.evaluate(() => read());
  const refreshes = service.requests.filter((response) => response.path.endsWith('/refresh')).length;
  check(
    `${scenario}: a call after the access token expired`,
    outcome === 'ok',
    `${outcome}; ${refreshes} refreshes`,
    'ok, after one refresh',
  );
  await tab.context().close();
  await service.close();
}
await run('enough space (control)', (tab) =>
  tab.evaluate(async () => {
    make();
    await login();
  }),
);
await run('full before the login', (tab) =>
  tab.evaluate(async () => {
    make();
    fill();
    await login();
  }),
);
await run('full after the login', (tab) =>
  tab.evaluate(async () => {
    make();
    await login();
    fill();
  }),
);
await run('setItem always throws', (tab) =>
  tab.evaluate(async () => {
    Storage.prototype.setItem = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
    make();
    await login();
  }),
);
await chromium.close();
finish();
