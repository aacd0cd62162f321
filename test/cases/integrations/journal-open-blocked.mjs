// Needs Chromium and esbuild. Another tab (another version of the page, developer tools) blocks the database of indexedDbJournal with a
// deletion or an upgrade that is itself blocked. open() listens only to `success` and `error`, so the run never starts.
// It returns no result and no error, and aborting its signal does not end it. It also holds the Web Lock, so other tabs fail with
// "in use by another run". Safari's open() sometimes never responds until the page is reloaded.
// open() should end when the signal aborts, and fail after some seconds with the reason (another tab blocks the database).
import { createServer } from 'node:http';
import { bundle, check, finish, launchBrowser, load, setTimeLimitSeconds } from '../lib.mjs';

setTimeLimitSeconds(55);
const { createPersonaService } = await load('testing.js');
const script = await bundle(
  `
  import { PersonaClient } from './dist/index.js';
  import { createMany } from './dist/collections.js';
  import { indexedDbJournal } from './dist/browser.js';
  const rows = [{ name: 'a' }, { name: 'b' }];
  window.run = async (name, ms, options = {}) => {
    const client = new PersonaClient({ baseUrl: location.origin });
    const work = (async () => { let n = 0; for await (const item of createMany(client, rows, { journal: indexedDbJournal(name), ...options })) if (!item.error) n++; return n + ' created'; })();
    return Promise.race([work.catch((e) => 'failed: ' + e.message), new Promise((r) => setTimeout(r, ms, 'nothing happened in ' + ms + ' ms'))]);
  };
  window.runAndAbort = (name, ms) => { const c = new AbortController(); setTimeout(() => c.abort(), 300); return run(name, ms, { signal: c.signal }); };
  window.blockDatabase = (name) => new Promise((resolve) => {
    const first = indexedDB.open(name);
    first.onupgradeneeded = () => first.result.createObjectStore('persona-client journal', { keyPath: 'sequence', autoIncrement: true });
    first.onsuccess = () => { window.holder = first.result; indexedDB.deleteDatabase(name).onblocked = () => resolve(); };
  });`,
  { tsconfigRaw: '{}' }, // The checkout's own would resolve to the sources.
);
const service = createPersonaService({ seed: false });
const server = createServer(async (request, outgoing) => {
  if (request.url === '/')
    return outgoing
      .writeHead(200, { 'content-type': 'text/html' })
      .end(`<!doctype html><script>${script}</script>`);
  const body = [];
  for await (const part of request) body.push(part);
  const response = await service.fetch(`http://localhost:5050${request.url}`, {
    method: request.method,
    headers: request.headers,
    ...(body.length && { body: Buffer.concat(body) }),
  });
  outgoing
    .writeHead(response.status, Object.fromEntries(response.headers))
    .end(Buffer.from(await response.arrayBuffer()));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const chromium = await launchBrowser();
try {
  const context = await chromium.newContext();
  const [otherTab, runTab] = [await context.newPage(), await context.newPage()];
  for (const tab of [otherTab, runTab]) await tab.goto(`http://127.0.0.1:${server.address().port}/`);
  const control = await runTab.evaluate(() => run('free', 5_000));
  check('(control) a run with a journal', control === '2 created', control, '2 created');
  await otherTab.evaluate(() => blockDatabase('blocked'));
  const aborted = await runTab.evaluate(() => runAndAbort('blocked', 4_000));
  check(
    'the journal is blocked; aborting the signal ends the run',
    aborted.startsWith('failed'),
    aborted,
    'a failed run',
  );
  await otherTab.evaluate(() => blockDatabase('blocked2'));
  const waited = await runTab.evaluate(() => run('blocked2', 15_000));
  check(
    'the journal is blocked; the run fails and says so',
    waited.startsWith('failed'),
    waited,
    'an error within 15 s',
  );
} finally {
  await chromium.close();
  server.close();
  server.closeAllConnections();
}
finish();
