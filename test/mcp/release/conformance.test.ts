import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { McpServer } from '@modelcontextprotocol/server';
import { listenMcpHttp, type PersonaChange } from 'persona-client/mcp';
import { describe, expect, onTestFinished, test } from 'vitest';
import { selectTools } from '../../../src/mcp/options.js';
import { createServerFactory, createSharedState } from '../../../src/mcp/server.js';
import { listTools } from '../../../src/mcp/tools/register.js';
import { PROTOCOL_VERSIONS } from '../../support/mcp.js';
import { BUILD_ENTRY, startMcpCommand } from '../../support/mcp-command.js';
import { createTestClient, startService } from '../../support/service.js';
import { registerFixtures } from './fixtures/index.js';
import { resolveTool } from './tools.js';

interface Check {
  readonly id: string;
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'INFO' | 'SKIPPED';
  readonly errorMessage?: string;
}

/** Runs the conformance suite. The exit code covers the scored scenarios; `failed` and `passed` cover every check. */
async function conformance(url: string, args: readonly string[]) {
  const out = await mkdtemp(join(tmpdir(), 'persona-conformance-'));
  onTestFinished(() => rm(out, { recursive: true }));
  const { code, output } = await new Promise<{ code: number; output: string }>((resolve) => {
    const all = [resolveTool('conformance'), 'server', '--url', url, ...args, '-o', out];
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

describe('the HTTP server with the fixtures of the conformance suite', () => {
  async function startServer(): Promise<string> {
    const { url } = await startService();
    const [state, tools] = [
      createSharedState({ client: createTestClient({ baseUrl: url }) }),
      selectTools({}),
    ];
    const baseServer = createServerFactory(state, tools);
    const withFixtures = Object.assign(
      async (context: Parameters<typeof baseServer>[0]) => {
        const server = (await baseServer(context)) as McpServer;
        server.server.registerCapabilities({ logging: {} });
        registerFixtures(server, state, () => listTools(tools, state));
        return server;
      },
      { onChange: (listener: (change: PersonaChange) => void) => state.changes.on(listener) },
    );
    const { address, close } = await listenMcpHttp(withFixtures, { port: 0 });
    onTestFinished(close);
    return address;
  }

  test('passes every check of 2025-11-25', { timeout: 120_000 }, async () => {
    const { code, failed, passed } = await conformance(await startServer(), ['--requirements', '2025-11-25']);
    console.log(
      `conformance 2025-11-25: ${passed} of ${passed + failed.length} checks pass, exit code ${code}`,
    );
    expect(failed).toEqual([]);
    expect(passed).toBeGreaterThanOrEqual(81);
    expect(code).toBe(0);
  });

  test('passes every check of 2026-07-28, except for the tasks extension, which it does not offer', {
    timeout: 120_000,
  }, async () => {
    const { code, failed, passed } = await conformance(await startServer(), ['--requirements', '2026-07-28']);
    const tasks = failed.filter((line) => line.startsWith('tasks-'));
    console.log(
      `conformance 2026-07-28: ${passed} checks pass, exit code ${code}; ${tasks.length} checks of the unscored tasks extension fail`,
    );
    expect(failed.filter((line) => !line.startsWith('tasks-'))).toEqual([]);
    expect(code).toBe(0);
  });
});

describe('the built command without fixtures', () => {
  const GENERIC_SCENARIOS = {
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

  test.each(PROTOCOL_VERSIONS)(
    'passes the generic scenarios of %s',
    { timeout: 120_000 },
    async (version) => {
      const { url } = await startService();
      const mcp = startMcpCommand(
        ['--http', '0', '--log-level', 'info'],
        { PERSONA_API_URL: url },
        BUILD_ENTRY,
      );
      const address = await mcp.waitForStderr(/over HTTP at (\S+)/);
      let count = 0;
      for (const scenario of GENERIC_SCENARIOS[version]) {
        const { code, failed, passed } = await conformance(address, [
          '--scenario',
          scenario,
          '--spec-version',
          version,
        ]);
        expect(failed, scenario).toEqual([]);
        expect(code, scenario).toBe(0);
        count += passed;
      }
      console.log(
        `generic subset ${version}: ${GENERIC_SCENARIOS[version].length} scenarios, ${count} checks pass`,
      );
    },
  );
});
