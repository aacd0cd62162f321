import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { setupCli } from '../support/cli.js';

it('stores a login for later commands, shows it in whoami, and deletes it in logout', async () => {
  const { run, env } = await setupCli({ auth: { users: { admin: 'secret-password' } }, seed: 1 });
  expect((await run(['list'])).code).toBe(5);
  expect((await run(['whoami'])).code).toBe(5);
  const login = ['login', '--username', 'admin', '--password-stdin'];
  expect((await run(login, { stdin: 'wrong\n' })).code).toBe(5);
  expect(await run(login, { stdin: 'secret-password\n' })).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Logged in as admin'),
  });
  expect((await stat(env.PERSONA_TOKEN_FILE)).mode & 0o777).toBe(0o600);
  expect(await readFile(env.PERSONA_TOKEN_FILE, 'utf8')).not.toContain('secret-password');

  expect((await run(['list'])).code).toBe(0);
  expect(JSON.parse((await run(['whoami', '--json'])).stdout)).toMatchObject({
    username: 'admin',
    isLoggedIn: true,
    canRefresh: true,
  });
  expect((await run(['logout'])).stdout).toBe('Logged out.\n');
  expect((await run(['whoami'])).code).toBe(5);
  expect((await run(['list'])).code).toBe(5);
});

it('rejects a password that is not valid UTF-8, and sends nothing', async () => {
  const { run, file, service } = await setupCli({ auth: { users: { admin: 'p\ufffdss' } } });
  await writeFile(file('password'), Buffer.from([0x70, 0xf8, 0x73, 0x73]));
  const login = ['login', '--username', 'admin', '--password-stdin'];
  const { code, stderr } = await run(login, { stdinFile: file('password') });
  expect(stderr).toContain('The password is not valid UTF-8. Nothing was sent.');
  expect(code).toBe(2);
  expect(service.requests).toEqual([]);
});

it('says why it cannot use the token file, instead of the advice to log in', async () => {
  const { run, env } = await setupCli();
  await mkdir(dirname(env.PERSONA_TOKEN_FILE));
  await writeFile(env.PERSONA_TOKEN_FILE, '{}', { mode: 0o644 });
  for (const command of ['list', 'whoami']) {
    const { code, stderr } = await run([command]);
    expect(code).toBe(5);
    expect(stderr).toContain('is accessible to other users. Run chmod 600 on it and log in again.');
    expect(stderr).not.toMatch(/See the cause|Log in first/);
  }
});
