import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { createTempFolder, runCli } from '../support/cli.js';
import { ListedService, type ListedServiceOptions } from '../support/listed-service.js';
import { serveHttp } from '../support/servers.js';
import { DIALECTS } from '../support/service.js';

/** Serves 6 personas in a list that counts 10, on a free port. */
async function setup(options: ListedServiceOptions) {
  const service = new ListedService(options);
  for (let index = 0; index < 10; index++) service.create('Ada', index % 5 >= 3);
  const { url } = await serveHttp(async ({ method = 'GET', url: path = '' }, response) => {
    const { status, body } = await service.fetch(`http://service${path}`, { method });
    response.writeHead(status, { 'content-type': 'application/json' });
    for await (const chunk of body ?? []) response.write(chunk);
    response.end();
  });
  const file = await createTempFolder();
  return { service, file, run: (...args: string[]) => runCli([...args, '--url', url]) };
}

it.each(DIALECTS)('export exits with 3 and says how many personas the list hides (%s)', async (dialect) => {
  const { run, file } = await setup({ dialect });
  const { code, stderr } = await run('export', file('all.ndjson'));
  expect(code).toBe(3);
  expect(stderr).toContain('Not complete: the service counts 4 personas that its list does not contain');
  expect((await readFile(file('all.ndjson'), 'utf8')).trim().split('\n')).toHaveLength(6);
  const json = await run('export', file('all.csv'), '--json');
  expect(json.code).toBe(3);
  expect(JSON.parse(json.stdout)).toMatchObject({
    exported: 6,
    complete: false,
    unseen: 4,
    incompleteReason: 'hidden',
  });
});

it('export exits with 3 and says that a proxy may ignore the page', async () => {
  const { run } = await setup({ dialect: 'attributes', rewriteQuery: () => ({ page: 1, perPage: 5 }) });
  const { code, stdout, stderr } = await run('export');
  expect(code).toBe(3);
  expect(stdout.trim().split('\n')).toHaveLength(3);
  expect(stderr).toContain('Not complete: the pages of the list repeat');
});

it('export exits with 3 and says that other clients kept writing', async () => {
  const { run } = await setup({
    dialect: 'subresource',
    rewritePage: (body) => ({ ...body, per_page: 3, total: body.personas.length }),
    beforeList: (list) => {
      list.rows = list.rows.filter(({ isHidden }) => !isHidden);
      list.create('New');
    },
  });
  const { code, stderr } = await run('export');
  expect(code).toBe(3);
  expect(stderr).toContain('because other clients kept writing');
});

it.each(DIALECTS)(
  'export has all rows, exits with 3 and says that the total is too low (%s)',
  async (dialect) => {
    const { run, file } = await setup({
      dialect,
      rewritePage: (body) => ({ ...body, total: 2 }),
      rewriteQuery: ({ page }) => ({ page, perPage: 3 }),
      beforeList: (list) => {
        list.rows = list.rows.filter(({ isHidden }) => !isHidden);
      },
    });
    const { code, stderr } = await run('export', file('all.ndjson'));
    expect(code).toBe(3);
    expect(stderr).toContain('Not complete: the service counts fewer personas than its list contains');
    expect((await readFile(file('all.ndjson'), 'utf8')).trim().split('\n')).toHaveLength(6);
  },
);

it('purge exits with 3 and says how many personas the list hides', async () => {
  const { run, service } = await setup({ dialect: 'subresource' });
  const dryRun = await run('purge', '--older-than', '2099-01-01', '--dry-run', '--json');
  expect(dryRun.code).toBe(3);
  expect(JSON.parse(dryRun.stdout)).toMatchObject({ scanned: 6, matched: 6, complete: false, unseen: 4 });
  const purge = await run('purge', '--older-than', '2099-01-01', '--yes');
  expect(purge.code).toBe(3);
  expect(purge.stdout).toContain('Deleted 6 of 6 personas');
  expect(purge.stderr).toContain('Not complete: the service counts 4 personas');
  expect(service.rows).toHaveLength(4);
});
