import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { runCli, setupCli } from '../support/cli.js';
import { PERSONA_BODY, PERSONAS_PATH } from '../support/personas.js';
import { withOpenTypes } from '../support/service.js';

const HOSTILE_TEXT =
  '\u001b]0;pwned\u0007\u001b[31mred\u009b31mC1\u202eRLO\u2066iso\u200fRLM\u061cALM\u200bZW\ufeffBOM\u{e0041}TAG\u2028LS\u2029PS\rCR\nFORGED: yes\u0085NEL';
const HOSTILE = /(?!\n)[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/u;
const SPELLING = 'می\u200cخواهم 👩\u200d🚀 ❤\ufe0f';

const persona = {
  ...PERSONA_BODY,
  name: HOSTILE_TEXT,
  demographic: { country: HOSTILE_TEXT, city: SPELLING, [`k${HOSTILE_TEXT}`]: HOSTILE_TEXT },
  psychographic: { lifestyle: 'x', [`f${HOSTILE_TEXT}`]: 'y', interests: [HOSTILE_TEXT] },
};
const fieldConfig = {
  psychographic: {
    label: HOSTILE_TEXT,
    description: HOSTILE_TEXT,
    fields: [
      { name: HOSTILE_TEXT, type: 'string', description: HOSTILE_TEXT, options: [HOSTILE_TEXT, 'x'] },
      { name: 'lifestyle', type: 'string', label: HOSTILE_TEXT },
    ],
  },
};

/** A service whose data is hostile, in the dialect `attributes`. */
const server = createServer(({ url = '' }, response) => {
  const path = new URL(url, 'http://service').pathname;
  const isList = path === PERSONAS_PATH;
  const body = path.includes('field-config')
    ? fieldConfig
    : path.includes('health')
      ? { status: HOSTILE_TEXT, version: HOSTILE_TEXT }
      : isList
        ? { personas: [persona], total: 1, page: 1, per_page: 20, pages: 1 }
        : path.endsWith('/1')
          ? persona
          : { error: `Persona not found ${HOSTILE_TEXT}` };
  const status = body === persona || !('error' in body) ? 200 : 404;
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
});
const env: NodeJS.ProcessEnv = {};
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  env.PERSONA_API_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

const run = (...args: string[]) => runCli([...args, '--dialect', 'attributes'], { env });

describe('data from a service', () => {
  it.each([
    'list',
    'get 1',
    'get 2',
    'doctor',
    'typegen',
    'erase 1',
    'erase 2',
    'purge --older-than 1d --dry-run',
    'list --json',
    'get 1 --json',
    'get 2 --json',
    'erase 1 --json',
    'erase 2 --json',
    'doctor --json',
    'typegen --json',
  ])('reaches the terminal without control characters: %s', async (command) => {
    const args = command.split(' ');
    const { stdout, stderr } = await run(...args);
    const text = stdout + stderr;
    expect(text).not.toContain('unknown command');
    expect(text.length).toBeGreaterThan(10);
    expect(HOSTILE.exec(text)).toBeNull();
    expect(text).not.toMatch(/^\s*FORGED: yes/m);
    if (args.includes('--json')) JSON.parse(stdout || stderr);
  });

  it('is the same after `--json` was parsed', async () => {
    const { stdout } = await run('get', '1', '--json');
    const parsed = JSON.parse(stdout);
    expect(parsed).toMatchObject({ name: HOSTILE_TEXT, psychographic: { [`f${HOSTILE_TEXT}`]: 'y' } });
    expect(stdout).toContain(SPELLING);
  });

  it('keeps joiners and variation selectors, which belong to the spelling', async () => {
    expect((await run('get', '1')).stdout).toContain(SPELLING);
  });

  it('is exported exactly', async () => {
    const { stdout } = await run('export');
    expect(JSON.parse(stdout)).toMatchObject({ name: HOSTILE_TEXT, demographic: { city: SPELLING } });
  });

  it.for(['ndjson', 'json', 'csv'])(
    'is exported to a terminal without control characters: %s',
    async (format, context) => {
      const args = [inject('cliEntry'), 'export', '--format', format, '--dialect', 'attributes'];
      const command = `${[process.execPath, ...args].map((arg) => `'${arg}'`).join(' ')} 2> /dev/null`;
      const result = await promisify(execFile)('script', ['-qec', command, '/dev/null'], {
        env: { ...process.env, ...env, TERM: 'dumb' },
        timeout: 30_000,
      }).catch((error: NodeJS.ErrnoException) => error);
      if ('code' in result && result.code === 'ENOENT') return context.skip('needs script from util-linux');
      const { stdout } = result as { stdout: string };
      const lines = stdout
        .split(/\r\r?\n|\r?\n/)
        .filter((line) => line.includes('lifestyle') || line.includes('Ada'));
      expect(lines.length).toBeGreaterThan(0);
      expect(lines.filter((line) => HOSTILE.test(line))).toEqual([]);
      expect(stdout).not.toMatch(/^\s*FORGED: yes/m);
    },
  );
});

it('writes CSV headers without control characters, and imports what it exported', async () => {
  const { run: runOwn, connect, file } = await setupCli({ dialect: 'attributes' });
  const name = 'own\u001b[31m\u202e\nFORGED: yes';
  const stored = await withOpenTypes(connect()).personas.create({
    name: SPELLING,
    psychographic: { [name]: HOSTILE_TEXT },
  });
  const { stdout } = await runOwn(['export', '--format', 'csv']);
  const [header = ''] = stdout.split('\r\n');
  expect(HOSTILE.exec(header)).toBeNull();
  expect(stdout).not.toMatch(/^\s*FORGED: yes/m);
  await runOwn(['export', file('all.csv')]);
  await connect().personas.delete(stored.id);
  expect((await runOwn(['import', file('all.csv')])).code).toBe(0);
  expect(await connect().personas.toArray()).toMatchObject([
    { name: SPELLING, psychographic: { [name]: HOSTILE_TEXT } },
  ]);
});
