import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { toolNames } from '../../../src/mcp/options.js';
import { serve } from '../../support/service.js';
import { BUILT, command, INITIALIZE } from '../../support/mcp-command.js';
import { toolPath } from './tools.js';

const read = (file: string) => JSON.parse(readFileSync(file, 'utf8'));
const { name, version, mcpName } = read('package.json');

test('the bundle’s manifest is valid, and says what is true', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    toolPath('mcpb'),
    'validate',
    'publish/mcpb/manifest.json',
  ]);
  expect(stdout).toContain('Manifest schema validation passes');
  const manifest = read('publish/mcpb/manifest.json');
  expect(manifest).toMatchObject({ name, version });
  expect(manifest.tools.map((tool: { name: string }) => tool.name)).toEqual(toolNames());
});

test('the registry’s entry agrees with the package, within the registry’s bounds', () => {
  const entry = read('publish/server.json');
  expect(entry).toMatchObject({ name: mcpName, version, packages: [{ identifier: name, version }] });
  expect(entry.name).toMatch(/^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/);
  expect(entry.description.length).toBeLessThanOrEqual(100);
});

test('what Claude Desktop is told to run is there', async () => {
  const { command: npx, args, env } = read('examples/claude-desktop.json').mcpServers.personas;
  expect([npx, ...args]).toEqual(['npx', '--yes', name, 'mcp']);
  const { url } = await serve();
  const mcp = command([], { ...env, PERSONA_API_URL: `${url}/api/v1` }, BUILT);
  expect((await mcp.ask(INITIALIZE)).result).toMatchObject({ serverInfo: { name: 'persona-server' } });
  const answer = await mcp.ask({ method: 'tools/call', params: { name: 'list_personas', arguments: {} } });
  expect(answer.result?.structuredContent).toMatchObject({ total: 5 });
});
