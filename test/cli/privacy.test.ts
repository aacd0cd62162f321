import { expect, it } from 'vitest';
import { ADMIN, EXPIRED_TOKEN_RESPONSE, USERS } from '../support/auth.js';
import { setupCli } from '../support/cli.js';

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
  const { code, stdout, stderr } = await run(['purge', '--older-than', '2099-01-01'], { env });
  expect(code).toBe(5);
  expect(stdout).toMatch(/^Deleted 0 of \d+ personas\. .* [1-9]\d? failed\.$/m);
  expect(stderr).toContain('failed with 401');
  expect(service.requests.filter(({ method }) => method === 'DELETE').length).toBeLessThan(50);
});
