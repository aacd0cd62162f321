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
const STATELESS_HELPERS: readonly string[] = [
  'core/abort.ts',
  'core/assert-options.ts',
  'core/event-names.ts',
  'core/host-header.ts',
  'core/node-builtin.ts',
  'core/is-promise.ts',
  'core/iso-time.ts',
  'core/monotonic-now.ts',
  'core/retryable-statuses.ts',
  'core/row-keys.ts',
  'core/sanitize-error.ts',
  'core/sqlite-error.ts',
  'core/timers.ts',
  'schemas/json-schema.ts', // the OpenAPI document of the local service, which the recorded exchanges check
  'schemas/once.ts',
  'core/bind-generator.ts',
  'core/call-site.ts',
  'schemas/plain-data.ts',
  'schemas/suggest-name.ts',
];

/** One implementation finds lost creates, for `personas.create` and for bulk operations. It keeps no state at the top level. */
const RECONCILIATION: readonly string[] = [
  'endpoints/personas/created-scan.ts',
  'endpoints/personas/created-search.ts',
  'endpoints/personas/match-created.ts',
  'endpoints/personas/page-counts.ts',
  'pipeline/reconcile/lost-write.ts',
  'pipeline/reconcile/number-by-id.ts',
  'schemas/default-field-config.ts', // tells which fields a read may omit
];

describe('imports', () => {
  it('include the imports of all source files', () => {
    expect(files.length).toBeGreaterThan(150);
    expect(imports.length).toBeGreaterThan(500);
  });

  it('resolve to source files or packages', () => {
    const missing = imports.filter((entry) => !isSourceFile(entry.target) && !isPackage(entry));
    expect(describeImports(missing)).toEqual([]);
  });

  it('do not connect two layers of the pipeline', () => {
    const names = [
      'encode',
      'retry',
      'decode',
      'limit',
      'circuit-breaker/opossum-breaker',
      'authorize',
      'exchange',
    ];
    const layers = ['cache/index.ts', ...names.map((name) => `pipeline/${name}.ts`)];
    expect(layers.filter((layer) => !isSourceFile(layer))).toEqual([]);
    const forbidden = imports.filter(
      ({ file, target, isTypeOnly }) => !isTypeOnly && layers.includes(file) && layers.includes(target),
    );
    expect(describeImports(forbidden)).toEqual([]);
  });

  it('in schemas/ target only zod', () => {
    const forbidden = imports.filter(
      ({ file, target }) => isIn('schemas')(file) && !isIn('schemas')(target) && target !== 'zod/mini',
    );
    expect(describeImports(forbidden)).toEqual([]);
  });

  it.each(['mcp', 'node', 'browser', 'browse', 'collections', 'otel', 'query'])(
    'in %s/ target only the public entry point and stateless helpers',
    (folder) => {
      const forbidden = imports.filter(
        ({ file, target, isTypeOnly }) =>
          isIn(folder)(file) &&
          isSourceFile(target) &&
          !isIn(folder)(target) &&
          target !== 'index.ts' &&
          !STATELESS_HELPERS.includes(target) && // a second copy in the bundle does no harm
          !(folder === 'collections' && RECONCILIATION.includes(target)) &&
          !(isTypeOnly && target === 'collections/index.ts'), // journals implement its interface
      );
      expect(describeImports(forbidden)).toEqual([]);
    },
  );

  it('of the reconciliation that collections/ shares target no other code', () => {
    expect(RECONCILIATION.filter((file) => !isSourceFile(file))).toEqual([]);
    const forbidden = imports.filter(
      ({ file, target, isTypeOnly }) =>
        !isTypeOnly && RECONCILIATION.includes(file) && !RECONCILIATION.includes(target),
    );
    expect(describeImports(forbidden)).toEqual([]);
  });

  // A mistake in shared code would be in both, and no test would find it.
  it('do not connect the local service and the client', () => {
    const forbidden = imports.filter(
      ({ file, target }) =>
        isIn('service')(file) &&
        !isIn('service')(target) &&
        !STATELESS_HELPERS.includes(target) &&
        packageName(target) !== 'jose' &&
        !target.startsWith('node:'),
    );
    expect(describeImports(forbidden)).toEqual([]);
    const importers = imports.filter(
      ({ file, target }) => isIn('service')(target) && !isIn('service', 'testing', 'cli')(file),
    );
    expect(describeImports(importers)).toEqual([]);
  });
});

describe('packages', () => {
  const ALLOWED_IMPORTERS: Readonly<Record<string, (file: string) => boolean>> = {
    ky: (file) => file === 'pipeline/retry.ts',
    opossum: (file) => file === 'pipeline/circuit-breaker/opossum-breaker.ts',
    'lru-cache': (file) => file === 'cache/entries.ts',
    jose: isIn('service'),
    commander: isIn('cli'),
    undici: isIn('node'),
    '@opentelemetry/api': isIn('otel'),
    '@tanstack/query-core': isIn('query'),
    '@modelcontextprotocol/server': isIn('mcp'),
  };

  it.each(Object.entries(ALLOWED_IMPORTERS))('%s is imported only where allowed', (name, isAllowed) => {
    const importers = imports.filter(({ target }) => packageName(target) === name);
    expect(importers.length).toBeGreaterThan(0);
    expect(describeImports(importers.filter(({ file }) => !isAllowed(file)))).toEqual([]);
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
    const importers = imports.filter(
      ({ file, target }) =>
        target.startsWith('node:') && !isIn('service', 'cli', 'node', 'mcp/transports')(file),
    );
    expect(describeImports(importers)).toEqual([]);
  });

  it('of MCP load on first use, so that the TCP client works without the server package', () => {
    const reached = new Set(['mcp/index.ts']);
    for (const file of reached)
      for (const entry of imports)
        if (entry.file === file && !entry.isTypeOnly && !entry.isDynamic) reached.add(entry.target);
    expect(reached).toContain('mcp/transports/tcp-client.ts');
    expect(reached).toContain('mcp/tools/delete.ts');
    expect([...reached].filter((target) => target.startsWith('@modelcontextprotocol/'))).toEqual([]);
  });

  it('of mcp/parts.ts are the files without the SDK that files with the SDK import', () => {
    const runtimeImports = imports.filter(({ file, isTypeOnly }) => !isTypeOnly && file !== 'mcp/parts.ts');
    const targetsOf = (file: string) => runtimeImports.filter((entry) => entry.file === file);
    const needsSdk = (file: string): boolean =>
      file.startsWith('@modelcontextprotocol/') || targetsOf(file).some(({ target }) => needsSdk(target));
    const entryFiles = new Set(['mcp/index.ts']);
    for (const file of entryFiles)
      for (const { target } of targetsOf(file)) if (isIn('mcp')(target)) entryFiles.add(target);
    const expected = new Set(
      [...entryFiles]
        .filter(needsSdk)
        .flatMap((file) => targetsOf(file).map(({ target }) => target))
        .filter((target) => isIn('mcp')(target) && !needsSdk(target)),
    );
    const parts = imports.filter(({ file }) => file === 'mcp/parts.ts').map(({ target }) => target);
    expect(parts.toSorted()).toEqual([...expected].toSorted());
  });

  it('are all in package.json', () => {
    const manifest = JSON.parse(readFileSync(join(SRC, '../package.json'), 'utf8'));
    const declared = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
    const packageImports = imports.filter((entry) => isPackage(entry) && !entry.target.startsWith('node:'));
    expect(
      describeImports(packageImports.filter(({ target }) => !declared.includes(packageName(target)))),
    ).toEqual([]);
  });
});

it('no source file but the clock has mutable state at the top level', () => {
  // The clocks of the machine jump for all clients at once.
  const mutable = files
    .filter((file) => file !== 'core/clock.ts')
    .flatMap((file) =>
      readSource(file)
        .split('\n')
        .filter((line) => /^(?:export )?(?:let|var) /.test(line))
        .map((line) => `${file}: ${line}`),
    );
  expect(mutable).toEqual([]);
});
