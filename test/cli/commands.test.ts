import { spawnSync } from 'node:child_process';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { fail } from 'persona-client/testing';
import { describe, expect, it } from 'vitest';
import { folder, persona, scene } from '../support/cli.js';

describe('personas', () => {
  it('are created, listed, shown, changed and deleted', async () => {
    const { run } = await scene();
    const created = await run([
      'create',
      ...['--name', 'Ada', '--set', 'demographic.age=36', '--set', 'psychographic.interests=chess; maths'],
      ...['--set', 'psychographic.lifestyle=123', '--data', '{"demographic":{"city":"London"}}', '--json'],
    ]);
    expect(JSON.parse(created.out)).toMatchObject({
      id: 1,
      name: 'Ada',
      demographic: { age: 36, city: 'London' },
      psychographic: { interests: ['chess', 'maths'], lifestyle: '123' },
    });
    expect((await run(['list'])).out).toMatch(/^ID {2}NAME.*\n1 {3}Ada .*London/);
    expect((await run(['update', '1', '--name', 'Ada Lovelace'])).out).toContain('name: Ada Lovelace\n');
    const shown = await run(['get', '1']);
    expect(shown.out).toContain('  interests: chess, maths\n');
    expect(shown.out).not.toContain('persona_id');
    expect((await run(['delete', '1'])).out).toBe('Deleted 1\n');
    expect((await run(['list', '--json'])).out).toBe(
      '{"items":[],"total":0,"page":1,"perPage":20,"pages":0}\n',
    );
  });

  it('come from a file or standard input, too', async () => {
    const { run, file } = await scene();
    await writeFile(file('ada.json'), '{"name":"Ada"}');
    expect((await run(['create', '--data', `@${file('ada.json')}`])).code).toBe(0);
    expect((await run(['update', '1', '--data', '-'], { stdin: '{"name":"Bo"}' })).out).toContain('name: Bo');
    expect((await run(['update', '1', '--data', '[]'])).code).toBe(2);
    expect((await run(['update', '1'])).code).toBe(2);
  });

  it('whose text would steer the terminal are shown as text', async () => {
    const { run, connect } = await scene();
    await connect().personas.create({ name: 'evil\u001b[2J\u202e name' });
    for (const command of [['list'], ['get', '1']]) {
      const { out } = await run(command, { env: { FORCE_COLOR: '0' } });
      expect(out).toContain('evil\\u001b[2J\\u202e name');
      expect(out).not.toContain('\u001b');
    }
  });
});

describe('exit codes', () => {
  it('tell what kind of failure it was, and --json tells it to programs', async () => {
    const { run } = await scene({ auth: { users: { admin: 'secret-password' } } });
    const as = { PERSONA_USERNAME: 'admin', PERSONA_PASSWORD: 'secret-password' };
    for (const [args, env, code, error] of [
      [['get', '99'], as, 4, 'not_found'],
      [['get', '99'], {}, 5, 'unauthenticated'],
      [['get', '99'], { PERSONA_API_TOKEN: 'wrong' }, 5, 'unauthenticated'],
      [['update', '1', '--set', 'demographic.age=500'], as, 2, 'invalid_input'],
      [['list', '--url', 'http://127.0.0.1:1'], {}, 6, 'connection_failed'],
    ] as const) {
      const ended = await run([...args, '--json', '--timeout', '5000'], { env });
      expect(ended.code).toBe(code);
      expect(ended.out).toBe('');
      expect(JSON.parse(ended.err).error.code).toBe(error);
      expect(ended.err).not.toContain('secret-password');
    }
  });

  it('of bad arguments is 2, with a suggestion', async () => {
    const { code, err } = await persona(['improt', 'x']);
    expect(code).toBe(2);
    expect(err).toContain('Did you mean import?');
    expect((await persona(['list', '--page', '0'])).code).toBe(2);
    expect((await persona(['purge', '--older-than', 'soon'])).code).toBe(2);
  });
});

it('every command has a description, options with words, and an example', async () => {
  const { out, code } = await persona(['--help']);
  expect(code).toBe(0);
  for (const word of ['Exit codes:', '3    partial', '130  interrupted', 'Examples:'])
    expect(out).toContain(word);
  const [, list = ''] = /Commands:\n(.*?)\n\n/s.exec(out) ?? [];
  const names = [...list.matchAll(/^ {2}(\w+)/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'help');
  expect(names).toEqual([
    ...['serve', 'mcp', 'login', 'logout', 'whoami', 'list', 'get', 'create', 'update', 'delete'],
    ...['import', 'export', 'erase', 'purge', 'typegen', 'doctor', 'completion'],
  ]);
  for (const name of names.slice(2)) {
    const help = await persona([name, '--help']);
    expect(help.out, name).toMatch(/Examples?:\n {2}\$ persona-client|\n {2}\$ .*persona-client/);
  }
});

describe('login', () => {
  it('is kept for later commands, shown by whoami, and ended by logout', async () => {
    const { run, env } = await scene({ auth: { users: { admin: 'secret-password' } }, seed: 1 });
    expect((await run(['list'])).code).toBe(5);
    expect((await run(['whoami'])).code).toBe(5);
    const refused = await run(['login', '--username', 'admin', '--password-stdin'], { stdin: 'wrong\n' });
    expect(refused.code).toBe(5);
    const signedIn = await run(['login', '--username', 'admin', '--password-stdin'], {
      stdin: 'secret-password\n',
    });
    expect(signedIn).toMatchObject({ code: 0, out: expect.stringContaining('Signed in as admin') });
    expect((await stat(env.PERSONA_TOKEN_FILE)).mode & 0o777).toBe(0o600);
    expect(await readFile(env.PERSONA_TOKEN_FILE, 'utf8')).not.toContain('secret-password');

    expect((await run(['list'])).code).toBe(0);
    expect(JSON.parse((await run(['whoami', '--json'])).out)).toMatchObject({
      username: 'admin',
      signedIn: true,
      refreshable: true,
    });
    expect((await run(['logout'])).out).toBe('Signed out.\n');
    expect((await run(['whoami'])).code).toBe(5);
    expect((await run(['list'])).code).toBe(5);
  });
});

describe('data protection', () => {
  it('erase prints a receipt that holds nothing of the persona', async () => {
    const { run, stored } = await scene({ seed: 2 });
    const { out } = await run(['erase', '1', '99', '--json']);
    const receipts = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(receipts).toMatchObject([
      { id: 1, existed: true, verified_at: expect.any(String) },
      { id: 99, existed: false },
    ]);
    expect(await stored()).toHaveLength(1);
  });

  it('purge counts before it deletes', async () => {
    const { run, stored, connect } = await scene({ seed: 5 });
    const [youngest] = await stored();
    await connect().personas.update(youngest?.id ?? 0, { name: 'Updated just now' });
    const today = new Date(Date.now() - 1_000).toISOString();
    const dry = await run(['purge', '--older-than', today, '--dry-run', '--json']);
    expect(JSON.parse(dry.out)).toMatchObject({ dryRun: true, matched: 4, deleted: 0 });
    expect(await stored()).toHaveLength(5);
    expect((await run(['purge', '--older-than', today])).out).toMatch(/^Deleted 4 of 5 personas/);
    expect((await stored()).map(({ name }) => name)).toEqual(['Updated just now']);
  });
});

describe('doctor', () => {
  it('finds a healthy service healthy', async () => {
    const { run } = await scene({
      dialect: 'attributes',
      seed: 1,
      cors: { origins: ['http://localhost:3000'] },
    });
    const { out, code } = await run(['doctor', '--origin', 'http://localhost:3000']);
    expect(out).toContain('✓ dialect         attributes, 20 fields in its categories');
    expect(out).toMatch(/✓ cors .*may call the service/);
    expect(out).toContain('Healthy');
    expect(out).not.toContain('\u001b');
    expect(code).toBe(0);
  });

  it('says what to do about what it finds', async () => {
    const { run } = await scene({ auth: { users: { admin: 'x' } } });
    const { out, code } = await run(['doctor', '--origin', 'http://localhost:3000', '--json'], {
      env: { HTTPS_PROXY: 'http://proxy.invalid:3128' },
    });
    const found = new Map(
      JSON.parse(out).findings.map((one: { check: string; state: string; advice?: string }) => [
        one.check,
        one,
      ]),
    );
    expect(found.get('authentication')).toMatchObject({
      state: 'failed',
      advice: expect.stringContaining('login'),
    });
    expect(found.get('cors')).toMatchObject({ state: 'failed', advice: expect.stringContaining('--cors') });
    expect(found.get('proxy')).toMatchObject({
      state: 'warning',
      advice: expect.stringContaining('NODE_USE_ENV_PROXY'),
    });
    expect(found.get('latency')).toMatchObject({ state: 'failed' });
    expect(code).toBe(1);
  });

  it('says what is wrong with a user name and password', async () => {
    const as = { PERSONA_USERNAME: 'admin', PERSONA_PASSWORD: 'wrong' };
    for (const [options, found, advice] of [
      [
        { auth: { users: { admin: 'x' } } },
        'what was given is not accepted (credentials_rejected)',
        'PERSONA_PASSWORD',
      ],
      [{}, 'does not offer authentication', 'Unset PERSONA_USERNAME'],
    ] as const) {
      const { run } = await scene(options);
      const { out, code } = await run(['doctor', '--json'], { env: as });
      expect(JSON.parse(out).findings).toContainEqual({
        check: 'authentication',
        state: 'failed',
        found: expect.stringContaining(found),
        advice: expect.stringContaining(advice),
      });
      expect(code).toBe(1);
    }
  });

  it.each([
    [403, 'forbidden'],
    [401, 'unauthenticated'],
  ])(
    'says that what was given is not accepted, when a sign-in succeeds and is answered with %i',
    async (status, code) => {
      const { run, service } = await scene({ auth: { users: { admin: 'x' } } });
      service.faults.add(fail({ status, match: { path: '/api/v1/personas' } }));
      const as = { PERSONA_USERNAME: 'admin', PERSONA_PASSWORD: 'x' };
      const { out } = await run(['doctor', '--json'], { env: as });
      expect(service.requests.map(({ path }) => path)).toContain('/api/v1/auth/login');
      expect(JSON.parse(out).findings).toContainEqual({
        check: 'authentication',
        state: 'failed',
        found: `what was given is not accepted (${code})`,
        advice: expect.stringContaining('PERSONA_PASSWORD'),
      });
    },
  );

  it('says that there is no token, where none was given', async () => {
    const { run } = await scene({ auth: { users: { admin: 'x' } } });
    const { out } = await run(['doctor']);
    expect(out).toContain('authentication  the service wants a token, and there is none');
  });

  it('tells a clock that is wrong, and something that is no Persona Service', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () =>
        socket.end(
          'HTTP/1.1 200 OK\r\ndate: Mon, 23 Nov 2020 00:00:00 GMT\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n{"status":"ok"}',
        ),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const { out, code } = await persona(['doctor', '--url', `http://127.0.0.1:${port}`]);
    expect(out).toMatch(/! clock .* s behind this one\n.*NTP/);
    expect(out).toMatch(/✗ dialect .*\n.*Something else answered/);
    expect(code).toBe(1);
    server.close();
    const nobody = await persona(['doctor', '--url', 'http://127.0.0.1:1']);
    expect(nobody.out).toMatch(/✗ reachability .*\n.*persona-client serve/);
    expect(nobody.out).toMatch(/- latency +the service cannot be reached/);
    expect(nobody.code).toBe(6);
  });
});

describe('completion', () => {
  it('completes commands, options and their values in bash', async () => {
    const file = await folder();
    const { out } = await persona(['completion', 'bash']);
    await writeFile(file('completion.bash'), out);
    const complete = (...words: string[]) => {
      const script = `source "$1"; COMP_WORDS=(persona-client "\${@:2}"); COMP_CWORD=$#; ((COMP_CWORD--)); _persona_client; printf '%s\\n' "\${COMPREPLY[@]}"`;
      return spawnSync('bash', ['-c', script, 'bash', file('completion.bash'), ...words], {
        encoding: 'utf8',
      })
        .stdout.split('\n')
        .filter(Boolean);
    };
    expect(complete('exp')).toEqual(['export']);
    expect(complete('import', '--jo')).toEqual(['--journal']);
    expect(complete('import', '--format', '')).toEqual(['ndjson', 'json', 'csv']);
    expect(complete('serve', '--dialect', 'sub')).toEqual(['subresource']);
  });

  it.each(['zsh', 'fish'])('is a script that %s takes', async (shell) => {
    const { out } = await persona(['completion', shell]);
    for (const word of ['typegen', 'concurrency', 'ndjson json csv']) expect(out).toContain(word);
    const file = await folder();
    await writeFile(file('script'), out);
    const { status, error, stderr } = spawnSync(shell, ['-n', file('script')], { encoding: 'utf8' });
    if (error) console.log(`${shell} is not here: npm run test:package tries its completions`);
    else expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

it('the exit codes of the README are those of --help', async () => {
  const [, table = ''] =
    /<!-- table: exit codes -->\n(.*?)\n\n/s.exec(await readFile('README.md', 'utf8')) ?? [];
  const told = [...table.matchAll(/^\| (\d+) \| (.*) \|$/gm)].map(([, code, meaning]) => [code, meaning]);
  const { out } = await persona(['--help']);
  const [, list = ''] = /Exit codes:\n(.*?)\n\n/s.exec(out) ?? [];
  expect([...list.matchAll(/^ {2}(\d+) +(.*)$/gm)].map(([, code, meaning]) => [code, meaning])).toEqual(told);
  expect(told).toHaveLength(8);
});

it('colours are for terminals, and for none with NO_COLOR', async () => {
  const { env } = await scene();
  const on = (more: NodeJS.ProcessEnv) =>
    spawnSync('script', ['-qec', `"${process.execPath}" --import tsx src/cli/index.ts doctor`, '/dev/null'], {
      encoding: 'utf8',
      env: {
        PATH: process.env.PATH,
        TERM: 'xterm-256color',
        ...env,
        PERSONA_API_URL: 'http://127.0.0.1:1',
        ...more,
      },
    });
  const coloured = on({});
  if (coloured.error) console.log('script (util-linux) is not here: no terminal to try it on');
  else {
    expect(coloured.stdout).toContain('\u001b[31m');
    const plain = on({ NO_COLOR: '1' }).stdout;
    expect(plain).toContain('✗ reachability');
    expect(plain).not.toContain('\u001b[');
  }
});
