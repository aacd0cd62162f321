import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, inject, it } from 'vitest';
import { freshApp, run } from './support/tools.js';

const PROGRAM = `
  import { PersonaClient } from 'persona-client';
  const fetch = async () => {
    throw new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) });
  };
  const client = new PersonaClient({ fetch, dialect: 'subresource', retry: { limit: 1, backoffMs: 1 } });
  const calls = {
    list: () => client.personas.list(),
    create: () => client.personas.create({ name: 'Ada' }),
    resolve: () => client.personas.create({ name: 'Ada' }, { onUnknownOutcome: 'reconcile' }),
    iterate: () => client.personas.iterate().next(),
    fieldConfig: () => client.fieldConfig.get(),
  };
  for (const [name, call] of Object.entries(calls))
    await call().then(
      () => console.log(name, 'done'),
      ({ name: kind, message, maybeApplied }) =>
        console.log(name, kind, maybeApplied, /could not be loaded/.test(message) ? 'not loaded' : 'sent'),
    );
`;

it('parts that cannot be loaded end their own calls with a typed error, and no others', async () => {
  await using app = await freshApp(inject('packed').tarball);
  await writeFile(join(app.folder, 'program.mjs'), PROGRAM);
  const { metafile } = await build({
    entryPoints: [join(app.folder, 'program.mjs')],
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
  const later = Object.values(metafile.outputs).flatMap(({ imports }) =>
    imports.filter(({ kind, external }) => kind === 'dynamic-import' && !external).map(({ path }) => path),
  );
  expect(later.length).toBeGreaterThan(4);
  for (const path of new Set(later)) await rm(join(app.folder, path));
  const { stdout } = await run(process.execPath, ['out/program.mjs'], { cwd: app.folder });
  expect(stdout.trim().split('\n')).toEqual([
    'list PersonaConnectionError false sent',
    'create PersonaConnectionError false sent',
    'resolve PersonaConnectionError false not loaded',
    'iterate PersonaConnectionError false not loaded',
    'fieldConfig PersonaConnectionError false not loaded',
  ]);
});
