// Needs Chromium, and playwright-core and esbuild of the checkout.
// A service's CORS rules allow the headers Content-Type and Authorization. Plain fetch with a token works in a page.
// The client always adds X-Request-Id, so the preflight fails. No option omits the header, and the error does not mention CORS.
// An option should omit the header. In a page, the message should name CORS as the likely cause.
import http from 'node:http';
import { bundle, check, finish, INDEX, launchBrowser, setTimeLimitSeconds } from '../lib.mjs';

setTimeLimitSeconds(30);
const script = await bundle(
  `import { PersonaClient } from ${JSON.stringify(INDEX)}; globalThis.PersonaClient = PersonaClient;`,
);
const listen = (respond) =>
  new Promise((resolve) => {
    const server = http.createServer(respond);
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}`));
  });
const siteUrl = await listen((request, response) =>
  request.url === '/p.js'
    ? response.end(script)
    : response.setHeader('content-type', 'text/html').end('<script src=/p.js></script>'),
);
const serviceUrl = await listen((request, response) => {
  response.setHeader('access-control-allow-origin', '*');
  response.setHeader('access-control-allow-headers', 'Content-Type, Authorization');
  response.setHeader('access-control-allow-methods', 'GET, POST, PUT, DELETE');
  if (request.method === 'OPTIONS') return response.writeHead(204).end();
  response.setHeader('content-type', 'application/json').end(
    JSON.stringify({
      id: 1,
      name: 'Ada',
      created_at: '2026-01-01T00:00:00',
      updated_at: '2026-01-01T00:00:00',
    }),
  );
});
const chromium = await launchBrowser();
const tab = await chromium.newPage();
await tab.goto(`${siteUrl}/`);
const read = (headers) =>
  tab
    .evaluate(
      ([baseUrl, headers]) =>
        new PersonaClient({
          baseUrl,
          dialect: 'subresource',
          retry: false,
          auth: { token: 't' },
          ...(headers && { headers }),
        }).personas
          .get(1)
          .then(
            (p) => `read ${p.name}`,
            (e) => `${e.code}: ${e.message}`,
          ),
      [serviceUrl, headers],
    )
    .catch((e) => String(e.message).split('\n')[0]);
const plainStatus = await tab.evaluate(
  (url) =>
    fetch(`${url}/api/v1/personas/1`, { headers: { authorization: 'Bearer t' } }).then(
      (response) => response.status,
    ),
  serviceUrl,
);
check('plain fetch with a token works (control)', plainStatus === 200, plainStatus, 200);
const defaultOutcome = await read();
// Here `null` omits the header. Adjust this line if the option has another name.
const withoutHeader = await read({ 'x-request-id': null });
check(
  'the client works by default, or with an option that omits X-Request-Id',
  /^read/.test(defaultOutcome) || /^read/.test(withoutHeader),
  defaultOutcome,
  'read Ada',
);
check(
  'otherwise the message names CORS',
  /^read/.test(defaultOutcome) || /CORS|origin/i.test(defaultOutcome),
  defaultOutcome,
  'a hint at CORS',
);
await chromium.close();
finish();
