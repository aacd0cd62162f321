import { cp, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, transform } from 'esbuild';
import { chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';
import { CASES, type Result } from '../package/smoke/program.js';
import { launchOptions } from '../package/support/browsers.js';
import { startHost } from '../package/support/host.js';
import { root, run } from '../package/support/tools.js';
import { attack, Tally } from './report.js';

const SMOKE = join(root, 'test/package/smoke');

/** A program beside the package as it was built. */
let app = '';

beforeAll(async () => {
  await stat(join(root, 'dist/index.js')).catch(() => {
    throw new Error('There is no dist: run npm run build first');
  });
  app = await mkdtemp(join(tmpdir(), 'persona-client-strict-'));
  await mkdir(join(app, 'node_modules'));
  await symlink(root, join(app, 'node_modules/persona-client'));
  for (const file of ['esm.mjs', 'cjs.cjs', 'other.cjs', 'page.mjs'])
    await cp(join(SMOKE, file), join(app, file));
  const source = await readFile(join(SMOKE, 'program.ts'), 'utf8');
  for (const [format, file] of [
    ['esm', 'program.mjs'],
    ['cjs', 'program.cjs'],
  ] as const)
    await writeFile(join(app, file), (await transform(source, { loader: 'ts', format })).code);
});

afterAll(() => rm(app, { recursive: true, force: true }));

/** Every case must have run, and passed; nothing else may have been said. */
function judged(results: readonly Result[], complaints: readonly string[]): Tally {
  const tally = new Tally();
  tally.check(complaints.length === 0, () => complaints.join('\n'));
  for (const name of CASES) {
    const result = results.find((one) => one.name === name);
    tally.check(result !== undefined && result.error === undefined, () => `${name}: ${result?.error}`);
  }
  return tally;
}

describe('Node that forbids', () => {
  const NO_EVAL = '--disallow-code-generation-from-strings';
  const FROZEN = '--frozen-intrinsics';

  for (const file of ['esm.mjs', 'cjs.cjs'])
    for (const flags of [[NO_EVAL], [FROZEN], [NO_EVAL, FROZEN, '--disable-proto=throw']])
      attack(`${file}, as built, under ${flags.join(' ')}: a case that fails`, async () => {
        await using host = await startHost();
        const args = [
          '--disable-warning=ExperimentalWarning',
          ...flags,
          join(app, file),
          JSON.stringify(host.setting),
        ];
        const { stdout, stderr } = await run(process.execPath, args, { cwd: app });
        return judged(JSON.parse(stdout), stderr.split('\n').filter(Boolean));
      });

  attack('code from strings, when it is forbidden: it runs', async () => {
    const tally = new Tally();
    const failed = await run(process.execPath, [NO_EVAL, '-e', 'new Function("1")']).catch(
      (error: Error) => error,
    );
    tally.check(failed instanceof Error && /EvalError/.test(failed.message), 'new Function() ran');
    return tally;
  });
});

describe('a page whose policy forbids', () => {
  const POLICY = [
    "default-src 'none'",
    "script-src 'self'",
    'connect-src http://127.0.0.1:*',
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');

  /** The page's script, which is all that it may load. */
  async function site(script: string) {
    const server = createServer(({ url = '/' }, response) => {
      const isScript = url.startsWith('/page.js');
      response.writeHead(url === '/favicon.ico' ? 204 : 200, {
        'content-type': isScript ? 'text/javascript' : 'text/html',
        'content-security-policy': POLICY,
      });
      response.end(
        isScript
          ? script
          : '<!doctype html><title>strict</title><script type="module" src="/page.js"></script>',
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      [Symbol.asyncDispose]: async () => {
        server.closeAllConnections();
        server.close();
      },
    };
  }

  /** What the browser itself says of the answers that the cases ask for. */
  const EXPECTED = /^Failed to load resource: the server responded with a status of (401|404|503)/;
  const WATCH =
    "globalThis.violations = []; addEventListener('securitypolicyviolation', (event) => violations.push(event.violatedDirective + ' ' + event.sourceFile + ':' + event.lineNumber));";

  async function opened<T>(
    script: string,
    query: string,
    look: (page: Page, complaints: string[]) => Promise<T>,
  ) {
    await using served = await site(`${WATCH}\n${script}`);
    const browser = await chromium.launch(launchOptions('chromium'));
    try {
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type()) && !EXPECTED.test(message.text()))
          complaints.push(message.text());
      });
      await page.goto(`${served.url}?${query}`);
      return await look(page, complaints);
    } finally {
      await browser.close();
    }
  }
  const violationsIn = (page: Page) => page.evaluate<string[]>('globalThis.violations');

  attack(
    'the client, as built, in Chromium: a violation of the strict policy, or a case that fails',
    async () => {
      await using host = await startHost();
      const { outputFiles } = await build({
        entryPoints: [join(app, 'page.mjs')],
        bundle: true,
        write: false,
        logLevel: 'error', // it warns of modules without side effects only outside of node_modules
        format: 'esm',
        platform: 'browser',
      });
      const query = `setting=${encodeURIComponent(JSON.stringify(host.setting))}`;
      return await opened(outputFiles[0]?.text ?? '', query, async (page, complaints) => {
        const results = await page.evaluate<Result[]>('globalThis.smokeResults');
        return judged(results, [...complaints, ...(await violationsIn(page))]);
      });
    },
  );

  attack('eval and untrusted types in that page: they pass unseen', async () => {
    const tally = new Tally();
    const tries = ["eval('1')", "new Function('1')", "document.body.innerHTML = '<b>'"];
    const script = tries.map((one) => `try { ${one}; } catch {}`).join('\n');
    await opened(script, '', async (page) => {
      const violations = await violationsIn(page);
      tally.check(violations.length >= tries.length, () => `only ${violations}`);
    });
    return tally;
  });
});
