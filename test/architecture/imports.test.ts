import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  describeImports,
  files,
  type Import,
  imports,
  isSourceFile,
  readSource,
  SRC,
} from '../support/source-graph.js';

const isPackage = ({ target }: Import) => !target.endsWith('.ts') && !target.startsWith('..');
const packageName = (target: string) => /^(?:@[^/]+\/)?[^/]+/.exec(target)?.[0] ?? '';
const isIn = (...modules: string[]) => {
  return (file: string) => modules.some((module) => file.startsWith(`${module}/`));
};

/** Helpers that every module may import. */
const STATELESS_HELPERS: readonly string[] = ['core/abort.ts', 'core/timers.ts'];

describe('imports', () => {
  it('are found by the reader of this test', () => {
    expect(files.length).toBeGreaterThan(150);
    expect(imports.length).toBeGreaterThan(500);
  });

  it('point at files that exist', () => {
    const missing = imports.filter((found) => !isSourceFile(found.target) && !isPackage(found));
    expect(describeImports(missing)).toEqual(['cli/index.ts imports ../package.json']);
  });

  it('never lead from one layer of the pipeline to another', () => {
    const names = ['encode', 'retry', 'decode', 'limit', 'circuit-breaker/index', 'authorize', 'exchange'];
    const layers = ['cache/index.ts', ...names.map((name) => `pipeline/${name}.ts`)];
    expect(layers.filter((layer) => !isSourceFile(layer))).toEqual([]);
    const crossing = imports.filter(
      ({ file, target, isTypeOnly }) => !isTypeOnly && layers.includes(file) && layers.includes(target),
    );
    expect(describeImports(crossing)).toEqual([]);
  });

  it('lead from schemas/ to zod only', () => {
    const leaving = imports.filter(
      ({ file, target }) => isIn('schemas')(file) && !isIn('schemas')(target) && target !== 'zod/mini',
    );
    expect(describeImports(leaving)).toEqual([]);
  });

  it.each(['mcp', 'node', 'browser', 'collections', 'otel', 'query'])(
    'lead from %s/ to the public surface and to stateless helpers of core/ only',
    (folder) => {
      const leaving = imports.filter(
        ({ file, target, isTypeOnly }) =>
          isIn(folder)(file) &&
          isSourceFile(target) &&
          !isIn(folder)(target) &&
          target !== 'index.ts' &&
          !STATELESS_HELPERS.includes(target) && // a second copy in the bundle does no harm
          !(isTypeOnly && target === 'collections/index.ts'), // journals implement its interface
      );
      expect(describeImports(leaving)).toEqual([]);
    },
  );

  it('keep the local service and the client apart, so that the service cannot repeat a mistake of the client', () => {
    const leaving = imports.filter(
      ({ file, target }) =>
        isIn('service')(file) &&
        !isIn('service')(target) &&
        !STATELESS_HELPERS.includes(target) &&
        packageName(target) !== 'jose' &&
        !target.startsWith('node:'),
    );
    expect(describeImports(leaving)).toEqual([]);
    const users = imports.filter(
      ({ file, target }) => isIn('service')(target) && !isIn('service', 'testing', 'cli')(file),
    );
    expect(describeImports(users)).toEqual([]);
  });
});

describe('packages', () => {
  const HOMES: Readonly<Record<string, (file: string) => boolean>> = {
    ky: (file) => file === 'pipeline/retry.ts',
    opossum: (file) => file === 'pipeline/circuit-breaker/index.ts',
    'lru-cache': (file) => file === 'cache/entries.ts',
    jose: isIn('service'),
    commander: isIn('cli'),
    'csv-parse': isIn('cli/rows'),
    undici: isIn('node'),
    '@opentelemetry/api': isIn('otel'),
    '@tanstack/query-core': isIn('query'),
    '@modelcontextprotocol/server': isIn('mcp'),
  };

  it.each(Object.entries(HOMES))('%s is imported in its home only', (name, isHome) => {
    const users = imports.filter(({ target }) => packageName(target) === name);
    expect(users.length).toBeGreaterThan(0);
    expect(describeImports(users.filter(({ file }) => !isHome(file)))).toEqual([]);
  });

  it('zod is imported as zod/mini, as a namespace', () => {
    const others = imports.filter(
      ({ target }) =>
        packageName(target) === 'zod' && target !== 'zod/mini' && !target.startsWith('zod/v4/locales/'),
    );
    expect(describeImports(others)).toEqual([]);
    for (const file of files) expect(readSource(file)).not.toMatch(/import \{[^}]*\bz\b[^}]*\} from 'zod/);
  });

  it('Node modules are imported only where the code never runs in a browser', () => {
    const users = imports.filter(
      ({ file, target }) =>
        target.startsWith('node:') && !isIn('service', 'cli', 'node', 'mcp/transports')(file),
    );
    expect(describeImports(users)).toEqual([]);
  });

  it('all stand in package.json', () => {
    const manifest = JSON.parse(readFileSync(join(SRC, '../package.json'), 'utf8'));
    const declared = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
    const used = imports.filter((found) => isPackage(found) && !found.target.startsWith('node:'));
    expect(describeImports(used.filter(({ target }) => !declared.includes(packageName(target))))).toEqual([]);
  });
});

it('no module keeps mutable state at the top level', () => {
  const mutable = files.flatMap((file) =>
    readSource(file)
      .split('\n')
      .filter((line) => /^(?:export )?(?:let|var) /.test(line))
      .map((line) => `${file}: ${line}`),
  );
  expect(mutable).toEqual([]);
});
