import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { TcpClientTransport } from 'persona-client/mcp';
import { describe, expect, onTestFinished, test } from 'vitest';
import { callTool, connect } from '../support/mcp.js';
import { INITIALIZE_REQUEST, SOURCE_ENTRY, startMcpCommand } from '../support/mcp-command.js';
import { toLines } from '../support/mcp-lines.js';
import { startService } from '../support/service.js';

const toolCall = (name: string, args: object) => ({
  method: 'tools/call',
  params: { name, arguments: args },
});

/** Makes the command print to stdout before, while and after it serves. */
const printingEnvironment = {
  NODE_OPTIONS: `--import ${JSON.stringify(`data:text/javascript,${encodeURIComponent('setInterval(() => { console.log("noise"); process.stdout.write("noise\\n"); }, 5).unref()')}`)}`,
};

describe('stdin and stdout of the command', () => {
  test.each(['silent', 'error', 'info', 'debug'])(
    'carry only protocol messages at log level %s',
    async (level) => {
      const { url } = await startService();
      const mcp = startMcpCommand(['--log-level', level], {
        PERSONA_API_URL: url,
        NODE_DEBUG: level === 'debug' ? 'net' : '',
      });
      await mcp.sendRequest(INITIALIZE_REQUEST);
      mcp.child.stdin.write('not JSON\n{"neither":\n\n');
      await mcp.sendRequest({ method: 'tools/list' });
      await mcp.sendRequest(toolCall('get_persona', { id: 1 }));
      await mcp.sendRequest(toolCall('get_persona', { id: 99 }));
      expect(await mcp.sendRequest({ method: 'no/such' })).toMatchObject({ error: { code: -32601 } });
      mcp.child.stdin.end();
      expect(await mcp.exitCode).toBe(0);
      expect(mcp.stdout).toHaveLength(5);
      for (const line of mcp.stdout) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
      if (level === 'silent') expect(mcp.stderr()).toBe('');
      if (level === 'debug') expect(mcp.stderr()).toContain('personas.get attempt 1: 200 in');
    },
  );

  test('carry only protocol messages when other code in the process prints', async () => {
    const { url } = await startService();
    const mcp = startMcpCommand([], { PERSONA_API_URL: url, ...printingEnvironment });
    await mcp.sendRequest(INITIALIZE_REQUEST);
    const firstMessage = mcp.stdout.findIndex((line) => line.startsWith('{'));
    for (let i = 0; i < 5; i++) await mcp.sendRequest(toolCall('get_persona', { id: 1 }));
    mcp.child.stdin.end();
    await mcp.exitCode;
    expect(mcp.stdout.slice(firstMessage).filter((line) => line === 'noise')).toEqual([]);
    expect(mcp.stderr()).toContain('noise');
  });

  test('do not contain the message of a crash, and neither does stderr', async () => {
    const { url } = await startService();
    const crashCode = 'setTimeout(() => process.stdin.once("data", () => { throw new Error("hunter2") }), 0)';
    const mcp = startMcpCommand([], {
      PERSONA_API_URL: url,
      NODE_OPTIONS: `--import ${JSON.stringify(`data:text/javascript,${encodeURIComponent(`globalThis.crash = () => { ${crashCode} }; process.once("SIGUSR2", crash)`)}`)}`,
    });
    await mcp.sendRequest(INITIALIZE_REQUEST);
    mcp.child.kill('SIGUSR2');
    const ping = setInterval(() => mcp.sendMessage({ id: 1, method: 'ping' }), 20);
    onTestFinished(() => clearInterval(ping));
    expect(await mcp.exitCode).toBe(1);
    for (const line of mcp.stdout) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
    expect(mcp.stderr()).toContain('internal error: Error');
    expect(mcp.stderr()).not.toContain('hunter2');
  });

  test('end the command when stdin ends, at the latest 5 s after that, and when stdout closes', async () => {
    const { url, service } = await startService();
    const idle = startMcpCommand([], { PERSONA_API_URL: url });
    await idle.sendRequest(INITIALIZE_REQUEST);
    idle.child.stdin.end();
    expect(await idle.exitCode).toBe(0);

    const busy = startMcpCommand([], { PERSONA_API_URL: url });
    await busy.sendRequest(INITIALIZE_REQUEST);
    await busy.sendRequest({ method: 'tools/list' });
    service.faults.add({ stall: true });
    busy.sendMessage({ id: 9, ...toolCall('get_persona', { id: 1 }) });
    await expect.poll(() => service.requests.some(({ path }) => path.endsWith('/personas/1'))).toBe(true);
    busy.child.stdin.end();
    expect(await busy.exitCode).toBe(0);
    service.faults.clear();

    const closedStdout = startMcpCommand([], { PERSONA_API_URL: url });
    await closedStdout.sendRequest(INITIALIZE_REQUEST);
    closedStdout.child.stdout.destroy();
    for (let i = 0; i < 3; i++) closedStdout.sendMessage({ id: i + 1, method: 'ping' });
    expect(await closedStdout.exitCode).toBe(0);
  });

  test('are closed on SIGTERM', async () => {
    const mcp = startMcpCommand([]);
    await mcp.sendRequest(INITIALIZE_REQUEST);
    mcp.child.kill('SIGTERM');
    expect(await mcp.exitCode).toBe(0);
  });
});

describe('the compile cache of the command', () => {
  test('is written before the first list of tools, because many MCP clients kill the process', async () => {
    const { url } = await startService();
    const folder = await mkdtemp(join(tmpdir(), 'persona-cache-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const mcp = startMcpCommand([], { PERSONA_API_URL: url, NODE_COMPILE_CACHE: folder });
    await mcp.sendRequest(INITIALIZE_REQUEST);
    await mcp.sendRequest({ method: 'tools/list' });
    mcp.child.kill('SIGKILL');
    await mcp.exitCode;
    const [version = ''] = await readdir(folder);
    expect((await readdir(join(folder, version))).length).toBeGreaterThan(10);
  });
});

describe('stderr of the command', () => {
  test('may be closed: calls are served, and later log lines are lost', async () => {
    const { url } = await startService();
    const mcp = startMcpCommand(['--log-level', 'debug'], { PERSONA_API_URL: url });
    await mcp.sendRequest(INITIALIZE_REQUEST);
    mcp.child.stderr.destroy();
    for (let id = 1; id <= 3; id++)
      expect(await mcp.sendRequest(toolCall('get_persona', { id }))).toHaveProperty('result');
    mcp.child.stdin.end();
    expect(await mcp.exitCode).toBe(0);
  });

  test('may be closed with listeners', async () => {
    const { url } = await startService();
    const mcp = startMcpCommand(['--log-level', 'debug', '--tcp', '0'], { PERSONA_API_URL: url });
    const port = Number(await mcp.waitForStderr(/over TCP at 127\.0\.0\.1:(\d+)/));
    mcp.child.stderr.destroy();
    for (let i = 0; i < 2; i++) {
      const client = await connect(new TcpClientTransport('127.0.0.1', port), '2025-11-25');
      expect((await callTool(client, 'list_personas', { page: i + 1 })).total).toBe(5);
    }
  });

  test.skipIf(process.platform !== 'linux')('may be on a full disk', async () => {
    const { url } = await startService();
    const fullDisk = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, [...SOURCE_ENTRY, 'mcp', '--log-level', 'debug'], {
      stdio: ['pipe', 'pipe', fullDisk],
      env: { ...process.env, PERSONA_API_URL: url },
    });
    closeSync(fullDisk);
    onTestFinished(() => void child.kill('SIGKILL'));
    let output = '';
    child.stdout?.on('data', (chunk) => {
      output += String(chunk);
    });
    child.stdin?.end(toLines('2025-11-25', [{ id: 1, ...toolCall('get_persona', { id: 1 }) }]));
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(output).toContain('Amara Okafor');
  });
});

describe('empty variables', () => {
  const VARIABLES = [
    'PERSONA_API_URL',
    'PERSONA_API_TOKEN',
    'PERSONA_USERNAME',
    'PERSONA_PASSWORD',
    'PERSONA_ALLOW_INSECURE_AUTH',
    'PERSONA_TIMEOUT_MS',
    'PERSONA_TOKEN_FILE',
    'PERSONA_MCP_READ_ONLY',
    'PERSONA_MCP_TOOLS',
    'PERSONA_MCP_EXCLUDE_TOOLS',
    'PERSONA_MCP_CONFIRM',
    'PERSONA_MCP_TOKEN',
    'PERSONA_MCP_LOG_LEVEL',
  ];

  test.each(VARIABLES)('count as unset: %s', async (name) => {
    const mcp = startMcpCommand(['--http', '0'], { [name]: '' });
    const address = await mcp.waitForStderr(/over HTTP at (\S+)/);
    const client = await connect(new StreamableHTTPClientTransport(new URL(address)), '2025-11-25');
    expect((await client.listTools()).tools).toHaveLength(9);
  });
});

describe('command options', () => {
  test.each<[string, string[], Record<string, string>, RegExp]>([
    ['an unknown tool', ['--tools', 'list_personas,nuke'], {}, /Unknown tool: nuke/],
    ['an unknown excluded tool', [], { PERSONA_MCP_EXCLUDE_TOOLS: 'nuke' }, /Unknown tool: nuke/],
    ['an unknown confirm mode', ['--confirm', 'maybe'], {}, /Allowed choices are auto, always, never/],
    ['an empty list of tools', ['--tools', ' ,'], {}, /--tools must name at least one tool/],
    ['an invalid port', ['--tcp', '70000'], {}, /Expected a whole number from 0 to 65535/],
    [
      'a network address without a token',
      ['--http', '0', '--host', '0.0.0.0'],
      {},
      /exposes the personas to the network/,
    ],
    ['a host without HTTP', ['--host', '0.0.0.0'], {}, /require --http/],
    ['an invalid URL', [], { PERSONA_API_URL: 'nowhere' }, /baseUrl/],
    [
      'a URL with a password',
      [],
      { PERSONA_API_URL: 'http://user:hunter2@localhost' },
      /must not contain a user name or password/,
    ],
    [
      'a user name without a password',
      [],
      { PERSONA_USERNAME: 'admin' },
      /PERSONA_PASSWORD must be set together with PERSONA_USERNAME/,
    ],
    ['an unknown flag', ['--allow-everything'], {}, /unknown option/],
  ])('%s fails with one line and exit code 2', async (_, args, environment, message) => {
    const mcp = startMcpCommand(args, environment);
    expect(await mcp.exitCode).toBe(2);
    expect(mcp.stderr()).toMatch(message);
    expect(mcp.stderr().trimEnd().split('\n')).toHaveLength(1);
    expect(mcp.stderr()).not.toContain('hunter2');
    expect(mcp.stdout).toEqual([]);
  });

  test.each<[string, string[], Record<string, string>]>([
    ['the flag', ['--read-only', '--tools', 'get_persona,delete_persona'], {}],
    ['the variable', ['--tools', 'get_persona,delete_persona'], { PERSONA_MCP_READ_ONLY: 'true' }],
    [
      'a variable with an unknown value',
      ['--tools', 'get_persona,delete_persona'],
      { PERSONA_MCP_READ_ONLY: 'please' },
    ],
  ])('read-only by %s takes precedence over --tools', async (_, args, environment) => {
    const mcp = startMcpCommand([...args, '--list'], environment);
    expect(await mcp.exitCode).toBe(0);
    expect(mcp.stdout).toEqual(['get_persona  Get a persona']);
  });

  test('flags win over environment variables', async () => {
    const mcp = startMcpCommand(['--tools', 'get_persona', '--list'], {
      PERSONA_MCP_TOOLS: 'list_personas',
      PERSONA_MCP_READ_ONLY: '0',
    });
    await mcp.exitCode;
    expect(mcp.stdout).toEqual(['get_persona  Get a persona']);
  });

  test('the token is sent to the service and never printed', async () => {
    const { url, service } = await startService();
    const mcp = startMcpCommand(['--log-level', 'debug'], {
      PERSONA_API_URL: `${url}/api/v1`,
      PERSONA_API_TOKEN: 'hunter2',
    });
    await mcp.sendRequest(INITIALIZE_REQUEST);
    await mcp.sendRequest(toolCall('get_persona', { id: 1 }));
    expect(service.requests.at(-1)?.headers).toMatchObject({ authorization: 'Bearer hunter2' });
    service.faults.add({ status: 401 });
    expect(JSON.stringify(await mcp.sendRequest(toolCall('get_persona', { id: 2 })))).toContain(
      'PERSONA_API_TOKEN',
    );
    mcp.child.stdin.end();
    await mcp.exitCode;
    expect(mcp.stdout.join() + mcp.stderr()).not.toContain('hunter2');
  });
});

test.each([
  { flag: '--http', args: (port: number) => ['--http', String(port)], reason: /already in use/ },
  { flag: '--tcp', args: (port: number) => ['--http', '0', '--tcp', String(port)], reason: /already in use/ },
  {
    flag: '--socket',
    args: () => ['--tcp', '0', '--socket', '/no/such/folder/a'],
    reason: /Cannot listen on/,
  },
])('ends with 1 and names $flag if it cannot listen', async ({ flag, args, reason }) => {
  const { url } = await startService();
  const mcp = startMcpCommand(args(Number(new URL(url).port)), { PERSONA_API_URL: url });
  expect(await mcp.exitCode).toBe(1);
  const lines = mcp.stderr().trim().split('\n');
  const [error = '', ...more] = lines.filter((line) => !line.includes('MCP over'));
  expect(error).toMatch(reason);
  expect(error).toMatch(new RegExp(`\\b[Ww]ith ${flag}\\b`));
  expect(more).toEqual([]);
});

test('serves TCP, HTTP and a Unix socket at the same time instead of stdin', async () => {
  const { url } = await startService();
  const folder = await mkdtemp(join(tmpdir(), 'persona-mcp-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'mcp.sock');
  const mcp = startMcpCommand(['--tcp', '0', '--http', '0', '--socket', path], {
    PERSONA_API_URL: url,
    PERSONA_MCP_TOKEN: 'hunter2',
  });
  mcp.child.stdin.end();
  const tcpPort = Number(await mcp.waitForStderr(/over TCP at 127\.0\.0\.1:(\d+)/));
  const httpUrl = await mcp.waitForStderr(/over HTTP at (\S+)/);
  await mcp.waitForStderr(/over a Unix socket at/);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const tcpClient = await connect(new TcpClientTransport('127.0.0.1', tcpPort), '2025-11-25');
  expect((await callTool(tcpClient, 'list_personas')).total).toBe(5);
  const headers = { Authorization: 'Bearer hunter2' };
  const httpClient = await connect(
    new StreamableHTTPClientTransport(new URL(httpUrl), { requestInit: { headers } }),
    '2026-07-28',
  );
  expect((await callTool(httpClient, 'list_personas')).total).toBe(5);
  await expect(connect(new StreamableHTTPClientTransport(new URL(httpUrl)), '2025-11-25')).rejects.toThrow();
  mcp.child.kill('SIGINT');
  expect(await mcp.exitCode).toBe(0);
  expect(mcp.stdout).toEqual([]);
  expect(mcp.stderr()).not.toContain('hunter2');
});
