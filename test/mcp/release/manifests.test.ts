import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path/posix';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { toolNames } from '../../../src/mcp/options.js';
import { BUILD_ENTRY, INITIALIZE_REQUEST, startMcpCommand } from '../../support/mcp-command.js';
import { startService } from '../../support/service.js';
import { resolveTool } from './tools.js';

const readJson = (file: string) => JSON.parse(readFileSync(file, 'utf8'));
const { name, version, mcpName } = readJson('package.json');

test('the MCP bundle manifest is valid and matches the package and the tools', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    resolveTool('mcpb'),
    'validate',
    'publish/mcpb/manifest.json',
  ]);
  expect(stdout).toContain('Manifest schema validation passes');
  const manifest = readJson('publish/mcpb/manifest.json');
  expect(manifest).toMatchObject({ name, version });
  expect(manifest.tools.map((tool: { name: string }) => tool.name)).toEqual(toolNames());
});

test('server.json matches the package and the limits of the registry', () => {
  const entry = readJson('publish/server.json');
  expect(entry).toMatchObject({ name: mcpName, version, packages: [{ identifier: name, version }] });
  expect(entry.name).toMatch(/^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/);
  expect(entry.description.length).toBeLessThanOrEqual(100);
});

test('the Claude Desktop example starts the server', async () => {
  const { command, args, env } = readJson('examples/claude-desktop.json').mcpServers.personas;
  const { bin } = readJson('package.json');
  const installedFile = join('/path/to/project/node_modules', name, bin[name]);
  expect([command, ...args]).toEqual(['node', installedFile, 'mcp']);
  const { url } = await startService();
  const mcp = startMcpCommand([], { ...env, PERSONA_API_URL: `${url}/api/v1` }, BUILD_ENTRY);
  expect((await mcp.sendRequest(INITIALIZE_REQUEST)).result).toMatchObject({
    serverInfo: { name: 'persona-server' },
  });
  const response = await mcp.sendRequest({
    method: 'tools/call',
    params: { name: 'list_personas', arguments: {} },
  });
  expect(response.result?.structuredContent).toMatchObject({ total: 5 });
});
