import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { TcpClientTransport } from 'persona-client/mcp';
import { describe, expect, onTestFinished, test } from 'vitest';
import { serve } from '../support/service.js';
import { command, INITIALIZE } from '../support/mcp-command.js';
import { call, connect } from '../support/mcp.js';

const CALL = (name: string, args: object) => ({ method: 'tools/call', params: { name, arguments: args } });

/** Make the command print where only the protocol may: before, while and after it serves. */
const noisy = {
  NODE_OPTIONS: `--import ${JSON.stringify(`data:text/javascript,${encodeURIComponent('setInterval(() => { console.log("noise"); process.stdout.write("noise\\n"); }, 5).unref()')}`)}`,
};

describe('stdin and stdout', () => {
  test.each(['silent', 'error', 'info', 'debug'])(
    'carry the protocol and nothing else at log level %s',
    async (level) => {
      const { url } = await serve();
      const mcp = command(['--log-level', level], {
        PERSONA_API_URL: url,
        NODE_DEBUG: level === 'debug' ? 'net' : '',
      });
      await mcp.ask(INITIALIZE);
      mcp.child.stdin.write('this is no JSON\n{"neither":\n\n');
      await mcp.ask({ method: 'tools/list' });
      await mcp.ask(CALL('get_persona', { id: 1 }));
      await mcp.ask(CALL('get_persona', { id: 99 }));
      expect(await mcp.ask({ method: 'no/such' })).toMatchObject({ error: { code: -32601 } });
      mcp.child.stdin.end();
      expect(await mcp.exit).toBe(0);
      expect(mcp.stdout).toHaveLength(5);
      for (const line of mcp.stdout) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
      if (level === 'silent') expect(mcp.stderr()).toBe('');
      if (level === 'debug') expect(mcp.stderr()).toContain('personas.get attempt 1: 200 in');
    },
  );

  test('stay clean when something in the process prints', async () => {
    const { url } = await serve();
    const mcp = command([], { PERSONA_API_URL: url, ...noisy });
    await mcp.ask(INITIALIZE);
    const served = mcp.stdout.findIndex((line) => line.startsWith('{'));
    for (let i = 0; i < 5; i++) await mcp.ask(CALL('get_persona', { id: 1 }));
    mcp.child.stdin.end();
    await mcp.exit;
    expect(mcp.stdout.slice(served).filter((line) => line === 'noise')).toEqual([]);
    expect(mcp.stderr()).toContain('noise');
  });

  test('hold nothing of a crash, nor does stderr hold its words', async () => {
    const { url } = await serve();
    const crash = 'setTimeout(() => process.stdin.once("data", () => { throw new Error("hunter2") }), 0)';
    const mcp = command([], {
      PERSONA_API_URL: url,
      NODE_OPTIONS: `--import ${JSON.stringify(`data:text/javascript,${encodeURIComponent(`globalThis.crash = () => { ${crash} }; process.once("SIGUSR2", crash)`)}`)}`,
    });
    await mcp.ask(INITIALIZE);
    mcp.child.kill('SIGUSR2');
    const ping = setInterval(() => mcp.send({ id: 1, method: 'ping' }), 20);
    onTestFinished(() => clearInterval(ping));
    expect(await mcp.exit).toBe(1);
    for (const line of mcp.stdout) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
    expect(mcp.stderr()).toContain('internal error: Error');
    expect(mcp.stderr()).not.toContain('hunter2');
  });

  test('end with the client: at the end of stdin, in the middle of a call, with a closed stdout', async () => {
    const { url, service } = await serve();
    const idle = command([], { PERSONA_API_URL: url });
    await idle.ask(INITIALIZE);
    idle.child.stdin.end();
    expect(await idle.exit).toBe(0);

    const busy = command([], { PERSONA_API_URL: url });
    await busy.ask(INITIALIZE);
    await busy.ask({ method: 'tools/list' });
    service.faults.add({ stall: true });
    busy.send({ id: 9, ...CALL('get_persona', { id: 1 }) });
    await expect.poll(() => service.requests.some(({ path }) => path.endsWith('/personas/1'))).toBe(true);
    busy.child.stdin.end();
    expect(await busy.exit).toBe(0);
    service.faults.clear();

    const unheard = command([], { PERSONA_API_URL: url });
    await unheard.ask(INITIALIZE);
    unheard.child.stdout.destroy();
    for (let i = 0; i < 3; i++) unheard.send({ id: i + 1, method: 'ping' });
    expect(await unheard.exit).toBe(0);
  });

  test('SIGTERM ends it', async () => {
    const mcp = command([]);
    await mcp.ask(INITIALIZE);
    mcp.child.kill('SIGTERM');
    expect(await mcp.exit).toBe(0);
  });
});

describe('settings', () => {
  test.each<[string, string[], Record<string, string>, RegExp]>([
    ['a tool that does not exist', ['--tools', 'list_personas,nuke'], {}, /There is no tool nuke/],
    [
      'an excluded tool that does not exist',
      [],
      { PERSONA_MCP_EXCLUDE_TOOLS: 'nuke' },
      /There is no tool nuke/,
    ],
    ['another confirm', ['--confirm', 'maybe'], {}, /Allowed choices are auto, always, never/],
    ['a port that is none', ['--tcp', '70000'], {}, /Give a port/],
    [
      'the network without a token',
      ['--http', '0', '--host', '0.0.0.0'],
      {},
      /opens the personas to the network/,
    ],
    ['a host without HTTP', ['--host', '0.0.0.0'], {}, /give --http as well/],
    ['an address that is none', [], { PERSONA_API_URL: 'nowhere' }, /baseUrl/],
    [
      'an address with a password',
      [],
      { PERSONA_API_URL: 'http://user:hunter2@localhost' },
      /must not hold a user name or password/,
    ],
    ['half a login', [], { PERSONA_USERNAME: 'admin' }, /PERSONA_PASSWORD is missing/],
    ['a flag that does not exist', ['--allow-everything'], {}, /unknown option/],
  ])('%s: one line, exit code 2', async (_, args, environment, words) => {
    const mcp = command(args, environment);
    expect(await mcp.exit).toBe(2);
    expect(mcp.stderr()).toMatch(words);
    expect(mcp.stderr().trimEnd().split('\n')).toHaveLength(1);
    expect(mcp.stderr()).not.toContain('hunter2');
    expect(mcp.stdout).toEqual([]);
  });

  test.each<[string, string[], Record<string, string>]>([
    ['the flag', ['--read-only', '--tools', 'get_persona,delete_persona'], {}],
    ['the variable', ['--tools', 'get_persona,delete_persona'], { PERSONA_MCP_READ_ONLY: 'true' }],
    [
      'a variable that means nothing',
      ['--tools', 'get_persona,delete_persona'],
      { PERSONA_MCP_READ_ONLY: 'please' },
    ],
  ])('read-only by %s beats --tools', async (_, args, environment) => {
    const mcp = command([...args, '--list'], environment);
    expect(await mcp.exit).toBe(0);
    expect(mcp.stdout).toEqual(['get_persona  Get a persona']);
  });

  test('flags win over variables', async () => {
    const mcp = command(['--tools', 'get_persona', '--list'], {
      PERSONA_MCP_TOOLS: 'list_personas',
      PERSONA_MCP_READ_ONLY: '0',
    });
    await mcp.exit;
    expect(mcp.stdout).toEqual(['get_persona  Get a persona']);
  });

  test('the token goes to the service, and is said nowhere', async () => {
    const { url, service } = await serve();
    const mcp = command(['--log-level', 'debug'], {
      PERSONA_API_URL: `${url}/api/v1`,
      PERSONA_API_TOKEN: 'hunter2',
    });
    await mcp.ask(INITIALIZE);
    await mcp.ask(CALL('get_persona', { id: 1 }));
    expect(service.requests.at(-1)?.headers).toMatchObject({ authorization: 'Bearer hunter2' });
    service.faults.add({ status: 401 });
    expect(JSON.stringify(await mcp.ask(CALL('get_persona', { id: 2 })))).toContain('PERSONA_API_TOKEN');
    mcp.child.stdin.end();
    await mcp.exit;
    expect(mcp.stdout.join() + mcp.stderr()).not.toContain('hunter2');
  });
});

test('TCP, HTTP and a Unix socket at a time, in place of stdin', async () => {
  const { url } = await serve();
  const folder = await mkdtemp(join(tmpdir(), 'persona-mcp-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'mcp.sock');
  const mcp = command(['--tcp', '0', '--http', '0', '--socket', path], {
    PERSONA_API_URL: url,
    PERSONA_MCP_TOKEN: 'hunter2',
  });
  mcp.child.stdin.end();
  const tcp = Number((await mcp.says(/over TCP at 127\.0\.0\.1:(\d+)/)).valueOf());
  const http = await mcp.says(/over HTTP at (\S+)/);
  await mcp.says(/over a Unix socket at/);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const one = await connect(new TcpClientTransport('127.0.0.1', tcp), '2025-11-25');
  expect((await call(one, 'list_personas')).total).toBe(5);
  const headers = { Authorization: 'Bearer hunter2' };
  const other = await connect(
    new StreamableHTTPClientTransport(new URL(http), { requestInit: { headers } }),
    '2026-07-28',
  );
  expect((await call(other, 'list_personas')).total).toBe(5);
  await expect(connect(new StreamableHTTPClientTransport(new URL(http)), '2025-11-25')).rejects.toThrow();
  mcp.child.kill('SIGINT');
  expect(await mcp.exit).toBe(0);
  expect(mcp.stdout).toEqual([]);
  expect(mcp.stderr()).not.toContain('hunter2');
});
