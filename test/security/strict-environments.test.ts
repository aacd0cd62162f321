import { mkdir, mkdtemp, rm, stat, symlink } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';
import { CASES, type CaseResult } from '../package/smoke/program.js';
import { findLaunchOptions, recordConsoleProblems } from '../support/browsers.js';
import { startControlledService } from '../support/controlled-service.js';
import { copySmokePrograms, REPOSITORY, runCommand } from '../support/install.js';
import { AttackTally, attack } from './attack.js';

/** Folder of a program that uses the built package. */
let app = '';

beforeAll(async () => {
  await stat(join(REPOSITORY, 'dist/index.js')).catch(() => {
    throw new Error('dist does not exist. Run npm run build first');
  });
  app = await mkdtemp(join(tmpdir(), 'persona-client-strict-'));
  await mkdir(join(app, 'node_modules'));
  await symlink(REPOSITORY, join(app, 'node_modules/persona-client'));
  await copySmokePrograms(app);
});

afterAll(() => rm(app, { recursive: true, force: true }));

/** Checks that every case ran and passed, and that nothing else was printed. */
function checkResults(results: readonly CaseResult[], messages: readonly string[]): AttackTally {
  const tally = new AttackTally();
  tally.check(messages.length === 0, () => messages.join('\n'));
  for (const name of CASES) {
    const result = results.find((candidate) => candidate.name === name);
    tally.check(result !== undefined && result.error === undefined, () => `${name}: ${result?.error}`);
  }
  return tally;
}

describe('Node.js with restrictions', () => {
  const NO_EVAL = '--disallow-code-generation-from-strings';
  const FROZEN = '--frozen-intrinsics';

  for (const file of ['esm.mjs', 'cjs.cjs'])
    for (const flags of [[NO_EVAL], [FROZEN], [NO_EVAL, FROZEN, '--disable-proto=throw']])
      attack(`runs the built ${file} with ${flags.join(' ')}`, async () => {
        await using service = await startControlledService();
        const args = [
          '--disable-warning=ExperimentalWarning',
          ...flags,
          join(app, file),
          JSON.stringify(service.urls),
        ];
        const { stdout, stderr } = await runCommand(process.execPath, args, { cwd: app });
        return checkResults(JSON.parse(stdout), stderr.split('\n').filter(Boolean));
      });

  attack('blocks code from strings, which proves that the flag works', async () => {
    const tally = new AttackTally();
    const failed = await runCommand(process.execPath, [NO_EVAL, '-e', 'new Function("1")']).catch(
      (error: Error) => error,
    );
    tally.check(failed instanceof Error && /EvalError/.test(failed.message), 'new Function() ran');
    return tally;
  });
});

describe('a page with a strict content security policy', () => {
  const POLICY = [
    "default-src 'none'",
    "script-src 'self'",
    'connect-src http://127.0.0.1:*',
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');

  /** Serves a page that may load only its own script. */
  async function servePage(script: string) {
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

  /** Console messages of the browser for responses that the cases provoke. */
  const EXPECTED =
    /^Failed to load resource: (?:the server responded with a status of (401|404|503)|net::ERR_)|blocked by CORS policy/;
  const RECORD_VIOLATIONS =
    "globalThis.violations = []; addEventListener('securitypolicyviolation', (event) => violations.push(event.violatedDirective + ' ' + event.sourceFile + ':' + event.lineNumber));";

  async function openPage<T>(
    script: string,
    query: string,
    check: (page: Page, messages: string[]) => Promise<T>,
  ) {
    await using server = await servePage(`${RECORD_VIOLATIONS}\n${script}`);
    const browser = await chromium.launch(findLaunchOptions('chromium'));
    try {
      const page = await browser.newPage();
      const messages = recordConsoleProblems(page, EXPECTED);
      await page.goto(`${server.url}?${query}`);
      return await check(page, messages);
    } finally {
      await browser.close();
    }
  }
  const readViolations = (page: Page) => page.evaluate<string[]>('globalThis.violations');

  attack('runs the built client in Chromium without violating the policy', async () => {
    await using service = await startControlledService();
    const { outputFiles } = await build({
      entryPoints: [join(app, 'page.mjs')],
      bundle: true,
      write: false,
      logLevel: 'error', // esbuild warns about modules without side effects only outside node_modules
      format: 'esm',
      platform: 'browser',
    });
    const query = `urls=${encodeURIComponent(JSON.stringify(service.urls))}`;
    return await openPage(outputFiles[0]?.text ?? '', query, async (page, messages) => {
      const results = await page.evaluate<CaseResult[]>('globalThis.smokeResults');
      return checkResults(results, [...messages, ...(await readViolations(page))]);
    });
  });

  attack('reports eval and untrusted types, which proves that the policy works', async () => {
    const tally = new AttackTally();
    const tries = ["eval('1')", "new Function('1')", "document.body.innerHTML = '<b>'"];
    const script = tries.map((statement) => `try { ${statement}; } catch {}`).join('\n');
    await openPage(script, '', async (page) => {
      const violations = await readViolations(page);
      tally.check(violations.length >= tries.length, () => `only ${violations}`);
    });
    return tally;
  });
});
