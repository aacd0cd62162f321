import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startService } from '../../support/service.js';
import { resolveTool } from './tools.js';

/** Runs the command line of the inspector on the built command. */
async function runInspector(args: readonly string[]) {
  const { url } = await startService();
  const home = await mkdtemp(join(tmpdir(), 'persona-inspector-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const environment = ['-e', `PERSONA_API_URL=${url}`, '-e', 'PERSONA_MCP_LOG_LEVEL=silent'];
  const all = [
    resolveTool('mcp-inspector'),
    '--cli',
    process.execPath,
    'dist/cli.js',
    'mcp',
    ...environment,
    '--format',
    'json',
    ...args,
  ];
  const env = { ...process.env, HOME: home, MCP_STORAGE_DIR: home, NO_COLOR: '1' };
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, all, { env, maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
  });
}

describe.each(['legacy', 'modern'])('the MCP inspector, %s era', (era) => {
  const inspect = (...args: string[]) => runInspector([...args, '--protocol-era', era]);

  test('reports no portability warnings for the tools', async () => {
    const { code, stdout, stderr } = await inspect('--method', 'tools/list', '--strict');
    const warnings = stderr.split('\n').filter((line) => line.trim() !== '');
    console.log(
      `inspector --strict, ${era}: ${JSON.parse(stdout).result.tools.length} tools, ${warnings.length} warnings`,
    );
    expect(warnings).toEqual([]);
    expect(code).toBe(0);
  });

  test.each([
    ['tools/call', ['--tool-name', 'list_personas', '--tool-arg', 'page=1', 'per_page=2'], 0],
    ['tools/call', ['--tool-name', 'get_persona', '--tool-args-json', '{"id":99}'], 5],
    ['resources/list', [], 0],
    ['resources/templates/list', [], 0],
    ['resources/read', ['--uri', 'persona://1'], 0],
    ['resources/read', ['--uri', 'persona://99'], 1],
    ['prompts/list', [], 0],
    ['prompts/get', ['--prompt-name', 'adopt_persona', '--prompt-args', 'id=1'], 0],
  ])('runs %s %j, which exits with %i', async (method, args, expected) => {
    const { code, stderr } = await inspect('--method', method, ...args);
    expect({ code, stderr: code === 0 ? stderr : '' }).toEqual({ code: expected, stderr: '' });
  });
});
