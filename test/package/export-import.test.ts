import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, it, onTestFinished } from 'vitest';
import { installApp } from '../support/install.js';
import { NODE_VERSIONS } from '../support/versions.js';

const COUNT = 10_000;
/** Time limit for each command on two idle cores. Printed, not asserted: the tests may share the machine. */
const GOAL_SECONDS = 60;

it(`exports and imports ${COUNT} personas with the installed command`, { timeout: 480_000 }, async () => {
  const app = await installApp(inject('packed').tarball, { node: NODE_VERSIONS['node-24'] });
  onTestFinished(() => app[Symbol.asyncDispose]());
  // Without the variables of the npm that runs this test.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')));
  const start = (...args: string[]) => {
    const child = spawn('npx', ['--no-install', 'persona-client', ...args], {
      cwd: app.folder,
      env,
      detached: true,
    });
    // Ends the process group: npx and the command that it runs.
    onTestFinished(() => void (child.exitCode ?? process.kill(-(child.pid ?? Number.NaN), 'SIGTERM')));
    return child;
  };
  const runToEnd = async (...args: string[]) => {
    const startedAt = performance.now();
    const child = start(...args);
    const chunks: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => chunks.push(chunk));
    const [code] = await once(child, 'close');
    const seconds = (performance.now() - startedAt) / 1_000;
    return { code, seconds, output: Buffer.concat(chunks).toString() };
  };

  const service = start('serve', '--seed', String(COUNT), '--port', '0');
  let serviceOutput = '';
  for await (const chunk of service.stdout) {
    serviceOutput += chunk;
    if (/http:\S+ /.test(serviceOutput)) break;
  }
  const [url = ''] = /http:\S+/.exec(serviceOutput) ?? [];
  const exported = await runToEnd('export', 'all.ndjson', '--url', url);
  const imported = await runToEnd('import', 'all.ndjson', '--journal', 'j', '--url', url);
  for (const [command, { seconds }] of Object.entries({ export: exported, import: imported }))
    console.log(
      `${command} of ${COUNT} personas: ${seconds.toFixed(1)} s, goal ${GOAL_SECONDS} s on two idle cores`,
    );

  expect(exported).toMatchObject({ code: 0, output: expect.stringContaining('10,000 personas exported.') });
  expect(exported.output).toMatch(/Exporting: .*\d+\/s/);
  expect(imported).toMatchObject({ code: 0, output: expect.stringContaining('Imported 10,000 personas.') });
  expect(imported.output).toMatch(/Importing: 100 %, 10,000, [\d,]+\/s/);
  const text = await readFile(join(app.folder, 'all.ndjson'), 'utf8');
  expect(text.trimEnd().split('\n')).toHaveLength(COUNT);
  const { total } = (await (await fetch(`${url}/api/v1/personas?per_page=1`)).json()) as { total: number };
  expect(total).toBe(2 * COUNT);
});
