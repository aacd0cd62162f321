import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { senderTo, started } from '../integration/service/helpers.js';

const { version } = createRequire(import.meta.url)('../../package.json');

interface Run {
  readonly child: ChildProcess;
  /** What was printed so far. */
  readonly printed: { out: string; err: string };
  readonly exited: Promise<{ code: number | null; signal: string | null }>;
  /** The whole standard output up to the first line that matches. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
}

function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Run {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/index.ts', ...args], {
    env: { ...process.env, PERSONA_USERNAME: undefined, PERSONA_PASSWORD: undefined, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const printed = { out: '', err: '' };
  let check = () => {};
  child.stdout.on('data', (chunk) => {
    printed.out += chunk;
    check();
  });
  child.stderr.on('data', (chunk) => {
    printed.err += chunk;
  });
  const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.on('close', (code, signal) => resolve({ code, signal })),
  );
  const until = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      check = () => {
        const match = pattern.exec(printed.out);
        if (match !== null) resolve(match);
      };
      check();
      void exited.then(() => reject(new Error(`ended before ${pattern}: ${printed.out}${printed.err}`)));
    });
  return { child, printed, exited, until };
}

const LINE = /^Persona Service at (http:\/\/127\.0\.0\.1:\d+) \((.*)\)\n/;

async function serving(args: readonly string[], env?: NodeJS.ProcessEnv) {
  const running = run(['serve', '--port', '0', ...args], env);
  const [, url = '', description = ''] = await running.until(LINE);
  return { ...running, url, description, send: senderTo(url) };
}

describe('persona-client serve', () => {
  it('prints one line with URL, dialect, auth and store, answers, and ends with 0 on SIGTERM', async () => {
    const { send, description, child, exited, printed } = await serving([]);
    expect(description).toBe('dialect subresource, auth off, store memory');
    expect((await send('GET', '/api/v1/personas')).body.total).toBe(5);
    child.kill('SIGTERM');
    expect(await exited).toEqual({ code: 0, signal: null });
    expect(printed.out).toMatch(new RegExp(`${LINE.source}$`));
    expect(printed.err).toBe('');
  });

  it('ends with 0 on SIGINT, also with a connection open', async () => {
    const { child, exited, url } = await serving([]);
    const response = await fetch(`${url}/health`);
    expect(response.status).toBe(200);
    child.kill('SIGINT');
    expect(await exited).toEqual({ code: 0, signal: null });
  });

  it('keeps personas in the file of --db, in the dialect and number asked for', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'persona-cli-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const db = join(folder, 'p.db');
    const args = ['--db', db, '--dialect', 'attributes', '--seed', '3'];
    const first = await serving(args);
    expect(first.description).toBe(`dialect attributes, auth off, store ${db}`);
    expect((await first.send('GET', '/api/v1/field-config')).status).toBe(200);
    await first.send('DELETE', '/api/v1/personas/1');
    first.child.kill('SIGTERM');
    await first.exited;
    const second = await serving(args);
    expect((await second.send('GET', '/api/v1/personas')).body).toMatchObject({ total: 2 });
  });

  it('--seed none starts empty, --cors allows origins', async () => {
    const origins = ['http://localhost:3000', 'http://localhost:4000'];
    const { send } = await serving(['--seed', 'none', '--cors', ...origins]);
    for (const origin of origins) {
      const { body, headers } = await send('GET', '/api/v1/personas', undefined, { origin });
      expect(body.total).toBe(0);
      expect(headers.get('access-control-allow-origin')).toBe(origin);
    }
  });

  it('--auth takes the user of the environment, and does not print the password', async () => {
    const env = { PERSONA_USERNAME: 'grace', PERSONA_PASSWORD: 'chosen by me' };
    const { send, printed, description } = await serving(['--auth'], env);
    expect(description).toContain('auth on');
    const credentials = { username: 'grace', password: 'chosen by me' };
    expect((await send('GET', '/api/v1/personas')).status).toBe(401);
    expect((await send('POST', '/api/v1/auth/login', credentials)).status).toBe(200);
    expect(printed.out + printed.err).not.toContain('chosen by me');
  });

  it('--auth without them makes up a password for admin and prints it once', async () => {
    const { send, until, printed } = await serving(['--auth']);
    const [, password = ''] = await until(/User admin, password (\S+)/);
    const login = await send('POST', '/api/v1/auth/login', { username: 'admin', password });
    expect(login.status).toBe(200);
    expect(printed.out.split(password)).toHaveLength(2);
  });

  it.each([
    [['serve', '--port', 'many'], /--port.*whole number/],
    [['serve', '--port', '65536'], /--port.*65535/],
    [['serve', '--dialect', 'klingon'], /--dialect.*subresource, attributes/],
    [['serve', '--seed', '-1'], /--seed.*whole number/],
    [['serve', '--cors', 'localhost'], /--cors.*origin/],
    [['serve', '--colour'], /unknown option '--colour'/],
    [['serve', 'now'], /too many arguments/],
    [['dance'], /unknown command 'dance'/],
  ])('%j says what is wrong and ends with 2', async (args, message) => {
    const { exited, printed } = run(args);
    expect((await exited).code).toBe(2);
    expect(printed.err).toMatch(message);
    expect(printed.out).toBe('');
  });

  it('a port in use ends with 1 and says what to do', async () => {
    const { port } = await started();
    const { exited, printed } = run(['serve', '--port', String(port)]);
    expect((await exited).code).toBe(1);
    expect(printed.err).toMatch(`Port ${port} on 127.0.0.1 is already in use`);
    expect(printed.err).toMatch('choose another port');
  });

  it('a database it cannot use ends with 1', async () => {
    const { exited, printed } = run(['serve', '--port', '0', '--db', '/nowhere/at/all/p.db']);
    expect((await exited).code).toBe(1);
    expect(printed.err).toMatch('Cannot use /nowhere/at/all/p.db');
  });

  it('--version is that of the package, and ends with 0', async () => {
    const { exited, printed } = run(['--version']);
    expect((await exited).code).toBe(0);
    expect(printed.out.trim()).toBe(version);
  });
});
