import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, inject, it } from 'vitest';
import { installApp, runCommand } from '../support/install.js';

const PROGRAM = `
  import { PersonaClient } from 'persona-client';
  const fetch = async () => {
    throw new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) });
  };
  const client = new PersonaClient({ fetch, dialect: 'subresource', retry: { limit: 1, backoffMs: 1 } });
  const row = { id: 1, name: 'Ada', created_at: '2026-11-22T06:29:29', updated_at: '2026-11-22T06:29:29' };
  const characters = { ...row, psychographic: { interests: ['[', '"', 'a', '"', ']'] } };
  const published = new PersonaClient({ fetch: async () => Response.json(characters), dialect: 'subresource' });
  const authenticated = new PersonaClient({ fetch, dialect: 'subresource', auth: { token: 'a.b.c' } });
  const calls = {
    list: () => client.personas.list(),
    create: () => client.personas.create({ name: 'Ada' }),
    reconcile: () => client.personas.create({ name: 'Ada' }, { onUnknownOutcome: 'reconcile' }),
    iterate: () => client.personas.iterate().next(),
    fieldConfig: () => client.fieldConfig.get(),
    readLists: () => published.personas.get(1),
    login: () => client.auth.login({ username: 'ada', password: 'secret' }),
    readWithToken: () => authenticated.personas.get(1),
    writeLists: () => published.personas.update(1, { name: 'Ada' }),
  };
  for (const [name, call] of Object.entries(calls))
    await call().then(
      () => console.log(name, 'succeeded'),
      ({ name: errorName, message, maybeApplied }) =>
        console.log(name, errorName, maybeApplied, /could not load a part/.test(message) ? 'not loaded' : 'sent'),
    );
`;

it('a chunk that cannot be loaded fails only the calls that need it, with a typed error', async () => {
  await using app = await installApp(inject('packed').tarball);
  await writeFile(join(app.folder, 'calls.mjs'), PROGRAM);
  const { metafile } = await build({
    entryPoints: [join(app.folder, 'calls.mjs')],
    absWorkingDir: app.folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    outdir: 'out',
    outExtension: { '.js': '.mjs' },
    metafile: true,
    logLevel: 'silent',
  });
  const lazyChunks = Object.values(metafile.outputs).flatMap(({ imports }) =>
    imports.filter(({ kind, external }) => kind === 'dynamic-import' && !external).map(({ path }) => path),
  );
  expect(lazyChunks.length).toBeGreaterThan(4);
  for (const path of new Set(lazyChunks)) await rm(join(app.folder, path));
  const { stdout } = await runCommand(process.execPath, ['out/calls.mjs'], { cwd: app.folder });
  expect(stdout.trim().split('\n')).toEqual([
    'list PersonaConnectionError false sent',
    'create PersonaConnectionError false sent',
    'reconcile PersonaConnectionError false not loaded',
    'iterate PersonaConnectionError false not loaded',
    'fieldConfig PersonaConnectionError false not loaded',
    'readLists PersonaConnectionError false not loaded',
    'login PersonaConnectionError false not loaded',
    'readWithToken PersonaConnectionError false not loaded',
    'writeLists PersonaConnectionError true not loaded',
  ]);
});
