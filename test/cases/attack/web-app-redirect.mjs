// Needs tsx and the checkout around dist/ (examples/web-app). A user follows a link to /sign-in?next=/.//evil.example and logs in.
// The example application responds with 303 and Location: //evil.example, so the browser goes to another site.
// The application checks the text, but sends the normalized path, which starts with "//". It should check what it sends.
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { check, finish, packageRoot, setTimeLimitSeconds, skip, sleep, startProcess } from '../lib.mjs';

const tsx = join(packageRoot, 'node_modules/.bin/tsx');
if (!existsSync(tsx) || !existsSync(join(packageRoot, 'examples/web-app/main.ts')))
  skip('this case needs tsx and examples/web-app of the checkout');
setTimeLimitSeconds(50);
const portProbe = createServer();
const port = await new Promise((resolve) =>
  portProbe.listen(0, '127.0.0.1', () => resolve(portProbe.address().port)),
);
await new Promise((resolve) => portProbe.close(resolve));
const app = startProcess(
  process.execPath,
  ['--import', join(packageRoot, 'node_modules/tsx/dist/esm/index.mjs'), 'examples/web-app/main.ts'],
  {
    cwd: packageRoot,
    env: { ...process.env, PORT: String(port), PERSONA_USERNAME: 'admin', PERSONA_PASSWORD: 'pw' },
  },
);
let output = '';
app.stdout.on('data', (d) => {
  output += d;
});
app.stderr.on('data', (d) => {
  output += d;
});
for (let i = 0; i < 200 && !output.includes('Web application at'); i++) await sleep(100);
const base = `http://127.0.0.1:${port}`;
for (const next of [
  '/personas',
  '//evil.example',
  '/\\evil.example',
  'http://evil.example',
  '/.//evil.example/x',
  '/a/..//evil.example',
  '/%2e//evil.example',
]) {
  const response = await fetch(`${base}/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: base, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ username: 'admin', password: 'pw', next }),
  });
  const location = response.headers.get('location') ?? '';
  check(
    `next=${next}: stays on this site`,
    new URL(location, base).origin === base,
    location,
    'a path of this site',
  );
}
finish();
