// Needs Chromium, and playwright-core and esbuild of the checkout.
// A page reads personas from a service that sends Last-Modified, or Cache-Control: private, max-age=60. The browser caches them.
// After an update, the page reads the old name with source 'network', even with cache: 'reload'. Bob gets Alice's response.
// The client has its own cache, so its requests should bypass the browser's: cache: 'no-store' where Request supports it.
import http from 'node:http';
import { bundle, checkEqual, finish, INDEX, launchBrowser, setTimeLimitSeconds } from '../lib.mjs';

setTimeLimitSeconds(50);
const script = await bundle(
  `import { PersonaClient } from ${JSON.stringify(INDEX)}; globalThis.PersonaClient = PersonaClient;`,
);
let scenario;
let version = 1;
const persona = (user) => ({
  id: 1,
  name: `v${version} as ${user}`,
  created_at: '2026-01-01T00:00:00',
  updated_at: '2026-01-01T00:00:00',
});
const server = http.createServer((request, response) => {
  if (request.url === '/')
    return response.setHeader('content-type', 'text/html').end('<script src=/p.js></script>');
  if (request.url === '/p.js') return response.end(script);
  request.resume().on('end', () => {
    response.setHeader('content-type', 'application/json');
    const user = (request.headers.authorization ?? 'anonymous').replace('Bearer ', '');
    if (request.method === 'PUT') {
      version++;
      return response.end(JSON.stringify(persona(user)));
    }
    if (scenario === 'Last-Modified')
      response.setHeader('last-modified', new Date(Date.now() - 10 * 86_400_000).toUTCString());
    if (scenario === 'private, max-age=60') response.setHeader('cache-control', scenario);
    response.end(
      JSON.stringify(
        request.url.includes('?')
          ? { personas: [persona(user)], total: 1, page: 1, per_page: 20 }
          : persona(user),
      ),
    );
  });
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${server.address().port}`;
const chromium = await launchBrowser();
const tab = await chromium.newPage();
await tab.goto(`${origin}/`);
for (scenario of ['no header (control)', 'Last-Modified', 'private, max-age=60']) {
  version = 1;
  const results = await tab.evaluate(async (url) => {
    const client = new PersonaClient({
      baseUrl: `${url}/${Math.random().toString(36).slice(2)}`,
      dialect: 'subresource',
    });
    const output = {};
    await client.personas.list();
    await client.personas.update(1, { name: 'x' });
    output.list = (await client.personas.list()).items[0].name.slice(0, 2);
    output.reload = (await client.personas.list({}, { cache: 'reload' })).items[0].name.slice(0, 2);
    const alice = client.as({ token: 'alice' });
    const bob = client.as({ token: 'bob' });
    await alice.personas.get(1);
    output.bob = (await bob.personas.get(1)).name;
    await alice.auth.logout().catch(() => {});
    await alice.cache.clear();
    await bob.cache.clear();
    output.later = (await bob.personas.get(1, { cache: 'reload' })).name;
    return output;
  }, origin);
  checkEqual(`${scenario}: list() after update()`, results.list, 'v2');
  checkEqual(`${scenario}: list() after update() with cache: 'reload'`, results.reload, 'v2');
  checkEqual(`${scenario}: Bob reads after Alice`, results.bob, 'v2 as bob');
  checkEqual(
    `${scenario}: Bob reloads after Alice logged out and both caches were cleared`,
    results.later,
    'v2 as bob',
  );
}
await chromium.close();
finish();
