import { expect, it, vi } from 'vitest';
import { ADMIN, EXPIRED_TOKEN_RESPONSE, USERS } from '../support/auth.js';
import { runCli, setupCli } from '../support/cli.js';

it('erase prints a receipt for each id, and deletes the persona', async () => {
  const { run, storedPersonas } = await setupCli({ seed: 2 });
  const { stdout } = await run(['erase', '1', '99', '--json']);
  const receipts = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(receipts).toMatchObject([
    { id: 1, existed: true, verified_at: expect.any(String) },
    { id: 99, existed: false },
  ]);
  expect(await storedPersonas()).toHaveLength(1);
});

it('erase continues after an error, reports it, and exits with 3', async () => {
  const { run, storedPersonas, service } = await setupCli({ seed: 3 });
  service.faults.add({ status: 403, match: { path: /\/2$/ } });
  const json = await run(['erase', '1', '2', '3', '--json']);
  expect(
    json.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toMatchObject([
    { id: 1, existed: true },
    { id: 2, error: { code: 'forbidden' } },
    { id: 3, existed: true },
  ]);
  expect(json.code).toBe(3);
  const text = await run(['erase', '1', '2']);
  expect(text.stdout).toMatch(/^Persona 1 did not exist.*\nPersona 2: .* failed with 403/);
  expect(text.stdout + text.stderr).not.toContain('Nothing was written');
  expect(text.code).toBe(3);
  service.faults.clear();
  expect(await storedPersonas()).toHaveLength(1);
});

it.each([
  '2024-02-30',
  '2023-02-29',
  '2024-04-31T12:00:00Z',
  '2024-13-01',
  '2024-00-10',
  '2024-01-00',
  '2024-01-32',
  '2024-01-31T25:00:00Z',
  '2024-01-31T12:00:00',
  '-1d',
  '',
])('purge rejects the time %j', async (time) => {
  const { code, stderr } = await runCli(['purge', `--older-than=${time}`, '--dry-run']);
  expect(stderr).toContain('Expected days, such as 365d, or a date');
  expect(code).toBe(2);
});

it.each(['0d', '000d', '2099-01-01', '2099-01-01T00:00:00+02:00'])(
  'purge deletes all personas only with --yes: %s',
  async (time) => {
    const { run, storedPersonas, requestLines } = await setupCli({ seed: 2 });
    const refused = await run(['purge', '--older-than', time]);
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Pass --yes to delete all of them, or --dry-run to count them.'),
    });
    expect(requestLines()).toEqual([]);
    expect((await run(['purge', '--older-than', time, '--dry-run'])).stdout).toBe(
      '2 of 2 personas match. Nothing was deleted.\n',
    );
    expect((await run(['purge', '--older-than', time, '--yes'])).code).toBe(0);
    expect(await storedPersonas()).toEqual([]);
  },
);

it('purge says how many personas it deleted when the user interrupts, and exits with 130', async () => {
  const { run, service } = await setupCli({ seed: 3 });
  service.faults.add({ stall: true, match: { method: 'DELETE', path: /\/3$/ } });
  const { code, stderr } = await run(['purge', '--older-than', '0d', '--yes'], {
    whileRunning: async (kill) => {
      const deletions = () => service.requests.filter(({ method }) => method === 'DELETE');
      await vi.waitUntil(() => deletions().length === 3, { timeout: 20_000 });
      kill('SIGTERM');
    },
  });
  expect(stderr).toMatch(/Interrupted\. [012] personas? deleted\./);
  expect(code).toBe(130);
});

it('purge deletes old personas, and with --dry-run only counts them', async () => {
  const { run, storedPersonas, connect } = await setupCli({ seed: 5 });
  const [latest] = await storedPersonas();
  await connect().personas.update(latest?.id ?? 0, { name: 'Updated just now' });
  const time = new Date(Date.now() - 1_000).toISOString();
  const dryRun = await run(['purge', '--older-than', time, '--dry-run', '--json']);
  expect(JSON.parse(dryRun.stdout)).toMatchObject({ dryRun: true, matched: 4, deleted: 0 });
  expect(await storedPersonas()).toHaveLength(5);
  expect((await run(['purge', '--older-than', time])).stdout).toMatch(/^Deleted 4 of 5 personas/);
  expect((await storedPersonas()).map(({ name }) => name)).toEqual(['Updated just now']);
});

it('purge compares the timestamp field that --timestamp-field names', async () => {
  const { run } = await setupCli({ seed: 1 });
  const purge = ['purge', '--older-than', '0d', '--dry-run', '--json', '--timestamp-field'];
  expect(JSON.parse((await run([...purge, 'created_at'])).stdout)).toMatchObject({ matched: 1 });
  expect(await run([...purge, 'name'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Expected updated_at or created_at.'),
  });
});

it('purge stops when the session ends, says why, and exits with 5', async () => {
  const { run, service } = await setupCli({ seed: 400, auth: { users: USERS } });
  service.faults.add({ ...EXPIRED_TOKEN_RESPONSE, match: { method: 'DELETE' } });
  const env = { PERSONA_USERNAME: ADMIN.username, PERSONA_PASSWORD: ADMIN.password };
  const { code, stdout, stderr } = await run(['purge', '--older-than', '2099-01-01', '--yes'], { env });
  expect(code).toBe(5);
  expect(stdout).toMatch(/^Deleted 0 of \d+ personas\. .* [1-9]\d? failed\.$/m);
  expect(stderr).toContain('failed with 401');
  expect(service.requests.filter(({ method }) => method === 'DELETE').length).toBeLessThan(50);
});
