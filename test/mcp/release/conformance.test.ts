import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { McpServer } from '@modelcontextprotocol/server';
import { listenMcpHttp } from 'persona-client/mcp';
import { describe, expect, onTestFinished, test } from 'vitest';
import { chosenTools } from '../../../src/mcp/options.js';
import { houseOf, listOf, serverOf } from '../../../src/mcp/server.js';
import { clientOf, serve } from '../../support/service.js';
import { BUILT, command } from '../../support/mcp-command.js';
import { ERAS } from '../../support/mcp.js';
import { addFixtures } from './fixtures.js';
import { toolPath } from './tools.js';

interface Check {
  readonly id: string;
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'INFO' | 'SKIPPED';
  readonly errorMessage?: string;
}

/** The suite against a URL: its exit code, which counts the scored scenarios, and every single check. */
async function conformance(url: string, args: readonly string[]) {
  const out = await mkdtemp(join(tmpdir(), 'persona-conformance-'));
  onTestFinished(() => rm(out, { recursive: true }));
  const { code, output } = await new Promise<{ code: number; output: string }>((resolve) => {
    const all = [toolPath('conformance'), 'server', '--url', url, ...args, '-o', out];
    execFile(process.execPath, all, { maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      resolve({
        code: typeof error?.code === 'number' ? error.code : error ? 1 : 0,
        output: stdout + stderr,
      }),
    );
  });
  const checks: (Check & { scenario: string })[] = [];
  for (const folder of await readdir(out)) {
    const scenario = folder.replace(/^server-/, '').replace(/-\d{4}-\d\d-\d\dT.*$/, '');
    for (const check of JSON.parse(await readFile(join(out, folder, 'checks.json'), 'utf8')) as Check[])
      checks.push({ ...check, scenario });
  }
  const failed = checks
    .filter(({ status }) => status === 'FAILURE')
    .map(({ scenario, id, errorMessage }) => `${scenario}: ${id}: ${errorMessage}`);
  const passed = checks.filter(({ status }) => status === 'SUCCESS').length;
  return { code, output, failed, passed };
}

describe('the real server in the real HTTP host, with the suite’s fixtures on top', () => {
  async function host(): Promise<string> {
    const { url } = await serve();
    const [house, tools] = [houseOf({ client: clientOf({ baseUrl: url }) }), chosenTools({})];
    const real = serverOf(house, tools);
    const withFixtures = Object.assign(
      async (context: Parameters<typeof real>[0]) => {
        const server = (await real(context)) as McpServer;
        server.server.registerCapabilities({ logging: {} });
        addFixtures(server, house, () => listOf(tools, house));
        return server;
      },
      { onChange: real.onChange },
    );
    const { address, close } = await listenMcpHttp(withFixtures, { port: 0 });
    onTestFinished(close);
    return address;
  }

  test('2025-11-25: every check of every scored scenario', { timeout: 120_000 }, async () => {
    const { code, failed, passed } = await conformance(await host(), ['--requirements', '2025-11-25']);
    console.log(
      `conformance 2025-11-25: ${passed} of ${passed + failed.length} checks pass, exit code ${code}`,
    );
    expect(failed).toEqual([]);
    expect(passed).toBeGreaterThanOrEqual(81);
    expect(code).toBe(0);
  });

  test('2026-07-28: every scored scenario; the tasks extension is not offered', {
    timeout: 120_000,
  }, async () => {
    const { code, failed, passed } = await conformance(await host(), ['--requirements', '2026-07-28']);
    const tasks = failed.filter((line) => line.startsWith('tasks-'));
    console.log(
      `conformance 2026-07-28: ${passed} checks pass, exit code ${code}; ${tasks.length} of the unscored tasks extension fail`,
    );
    expect(failed.filter((line) => !line.startsWith('tasks-'))).toEqual([]);
    expect(code).toBe(0);
  });
});

describe('the command as it is shipped, without any fixture', () => {
  const GENERIC = {
    '2025-11-25': [
      'server-initialize',
      'ping',
      'tools-list',
      'resources-list',
      'resources-subscribe',
      'resources-unsubscribe',
      'prompts-list',
      'dns-rebinding-protection',
      'server-session-lifecycle',
    ],
    '2026-07-28': [
      'tools-list',
      'resources-list',
      'prompts-list',
      'sep-2164-resource-not-found',
      'dns-rebinding-protection',
      'caching',
      'http-header-validation',
      'input-required-result-unsupported-methods',
    ],
  };

  test.each(ERAS)('what any server must do in %s', { timeout: 120_000 }, async (era) => {
    const { url } = await serve();
    const mcp = command(['--http', '0', '--log-level', 'info'], { PERSONA_API_URL: url }, BUILT);
    const address = await mcp.says(/over HTTP at (\S+)/);
    let count = 0;
    for (const scenario of GENERIC[era]) {
      const { code, failed, passed } = await conformance(address, [
        '--scenario',
        scenario,
        '--spec-version',
        era,
      ]);
      expect(failed, scenario).toEqual([]);
      expect(code, scenario).toBe(0);
      count += passed;
    }
    console.log(`generic subset ${era}: ${GENERIC[era].length} scenarios, ${count} checks pass`);
  });
});
