import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, it, onTestFinished } from 'vitest';
import { freshApp } from './support/tools.js';
import { NODES } from './support/versions.js';

const COUNT = 10_000;
/** What was promised for each command, on two cores that have nothing else to do. */
const PROMISED_S = 60;

it(`takes ${COUNT} personas out and in again, by the command alone`, { timeout: 480_000 }, async () => {
  const app = await freshApp(inject('packed').tarball, { node: NODES['node-24'] });
  onTestFinished(() => app[Symbol.asyncDispose]());
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_'))); // of the npm that runs this
  const start = (...args: string[]) => {
    const child = spawn('npx', ['persona-client', ...args], { cwd: app.folder, env, detached: true });
    onTestFinished(() => void (child.exitCode ?? process.kill(-(child.pid ?? Number.NaN), 'SIGTERM'))); // npx, and what it runs
    return child;
  };
  /** Runs a command to its end, and tells how long it took. */
  const timed = async (...args: string[]) => {
    const begun = performance.now();
    const child = start(...args);
    const said: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => said.push(chunk));
    const [code] = await once(child, 'close');
    const seconds = (performance.now() - begun) / 1_000;
    return { code, seconds, said: Buffer.concat(said).toString() };
  };

  const service = start('serve', '--seed', String(COUNT), '--port', '0');
  let said = '';
  for await (const chunk of service.stdout) {
    said += chunk;
    if (/http:\S+ /.test(said)) break;
  }
  const [url = ''] = /http:\S+/.exec(said) ?? [];
  const exported = await timed('export', 'all.ndjson', '--url', url);
  const imported = await timed('import', 'all.ndjson', '--journal', 'j', '--url', url);
  for (const [what, { seconds }] of Object.entries({ exported, imported }))
    console.log(
      `${COUNT} personas ${what}: ${seconds.toFixed(1)} s of ${PROMISED_S} promised on two quiet cores`,
    );

  expect(exported).toMatchObject({ code: 0, said: expect.stringContaining('10,000 personas exported.') });
  expect(exported.said).toMatch(/Exporting: .*\d+\/s/);
  expect(imported).toMatchObject({ code: 0, said: expect.stringContaining('Imported 10,000 personas.') });
  expect(imported.said).toMatch(/Importing: 100 %, 10,000, [\d,]+\/s/);
  const text = await readFile(join(app.folder, 'all.ndjson'), 'utf8');
  expect(text.trimEnd().split('\n')).toHaveLength(COUNT);
  const { total } = (await (await fetch(`${url}/api/v1/personas?per_page=1`)).json()) as { total: number };
  expect(total).toBe(2 * COUNT);
});
