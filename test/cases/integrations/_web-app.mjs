// Not a case: starts examples/web-app of the checkout around dist/ with a service of its own. Needs tsx.
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { load, packageRoot, skip, sleep, startProcess } from '../lib.mjs';
export async function startWebApp() {
  const tsx = join(packageRoot, 'node_modules/tsx/dist/esm/index.mjs');
  if (!existsSync(tsx) || !existsSync(join(packageRoot, 'examples/web-app/main.ts')))
    skip('this case needs tsx and examples/web-app of the checkout');
  const portProbe = createServer();
  const port = await new Promise((resolve) =>
    portProbe.listen(0, '127.0.0.1', () => resolve(portProbe.address().port)),
  );
  await new Promise((resolve) => portProbe.close(resolve));
  const app = startProcess(process.execPath, ['--import', tsx, 'examples/web-app/main.ts'], {
    cwd: packageRoot,
    env: { ...process.env, PORT: String(port), PERSONA_USERNAME: 'admin', PERSONA_PASSWORD: 'pw' },
  });
  let output = '';
  for (const stream of [app.stdout, app.stderr])
    stream.on('data', (data) => {
      output += data;
    });
  for (let i = 0; i < 200 && !output.includes('Web application at'); i++) await sleep(100);
  const { PersonaClient } = await load();
  const client = new PersonaClient({
    baseUrl: /Persona Service at (\S+)/.exec(output)?.[1],
    auth: { username: 'admin', password: 'pw' },
    cache: false,
  });
  const baseUrl = `http://127.0.0.1:${port}`;
  const logIn = async (page) => {
    page.setDefaultTimeout(8_000);
    await page.goto(`${baseUrl}/sign-in`);
    await page.fill('[name=username]', 'admin');
    await page.fill('[name=password]', 'pw');
    await page.click('main button[type=submit]');
    await page.waitForURL('**/personas*');
  };
  return { base: baseUrl, client, logIn };
}
