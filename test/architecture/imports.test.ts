import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));

interface Import {
  readonly file: string;
  /** A path below src/, or the name of a package. */
  readonly target: string;
  readonly types: boolean;
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

const imports: Import[] = files.flatMap((file) => {
  const text = readFileSync(join(SRC, file), 'utf8');
  const statements = text.matchAll(
    /^(?:import|export)\s+(type\s)?[^;]*?from\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)|^import\s+'([^']+)'/gm,
  );
  return [...statements].map(([, types, from, dynamic, bare]): Import => {
    const target = from ?? dynamic ?? bare ?? '';
    return {
      file,
      target: target.startsWith('.')
        ? relative(SRC, normalize(join(SRC, dirname(file), target))).replace(/\.js$/, '.ts')
        : target,
      types: types !== undefined,
    };
  });
});

const said = (found: readonly Import[]) => found.map(({ file, target }) => `${file} imports ${target}`);
const isOurs = (target: string) => files.includes(target);
const within = (folder: string) => (path: string) => path.startsWith(`${folder}/`);
const packageOf = (target: string) => /^(?:@[^/]+\/)?[^/]+/.exec(target)?.[0] ?? '';

/** Whoever stands lower never imports the higher. Types may look up where they describe what is passed down. */
const LAYERS: readonly (readonly string[])[] = [
  ['cli/'],
  ['testing/', 'mcp/', 'node/', 'browser/', 'collections/', 'otel/', 'query/'],
  ['index.ts'],
  ['client-like.ts'],
  ['client.ts'],
  ['core.ts', 'environment.ts'],
  ['endpoints/'],
  ['auth/'],
  ['pipeline/index.ts'],
  ['attributes.ts', 'options.ts', 'settings.ts', 'dialect.ts', 'cache/', 'pipeline/'],
  ['option-rules.ts', 'origin.ts', 'policy.ts'],
  ['logging.ts'],
  ['events.ts', 'part.ts', 'validate.ts'],
  ['errors.ts', 'schemas/'],
];
const heightOf = (path: string) =>
  LAYERS.findIndex((layer) => layer.some((name) => path === name || path.startsWith(name)));

describe('imports', () => {
  it('are found', () => {
    expect(files.length).toBeGreaterThan(40);
    expect(imports.length).toBeGreaterThan(150);
  });

  it('point at files that exist', () => {
    const packages = (target: string) => !target.endsWith('.ts') && !target.startsWith('..');
    expect(said(imports.filter(({ target }) => !isOurs(target) && !packages(target)))).toEqual([
      'cli/index.ts imports ../package.json',
    ]);
  });

  it('go downwards only', () => {
    const client = imports.filter(
      ({ file, target, types }) =>
        !types && isOurs(target) && !within('service')(target) && !within('service')(file),
    );
    const upward = client.filter(({ file, target }) => heightOf(target) < heightOf(file));
    expect(said(upward)).toEqual([]);
    expect(files.filter((file) => !within('service')(file) && heightOf(file) === -1)).toEqual([]);
  });

  it('make no circle', () => {
    const edges = new Map<string, string[]>();
    for (const { file, target, types } of imports)
      if (!types && isOurs(target)) edges.set(file, [...(edges.get(file) ?? []), target]);
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, trail: readonly string[]): void => {
      if (trail.includes(file)) circles.push([...trail.slice(trail.indexOf(file)), file].join(' -> '));
      else if (!done.has(file)) for (const next of edges.get(file) ?? []) visit(next, [...trail, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(circles).toEqual([]);
  });

  it('lead from no layer of the pipeline to another', () => {
    const names = ['encode', 'retry', 'decode', 'limit', 'breaker', 'authorize', 'exchange'];
    const layers = ['cache/index.ts', ...names.map((name) => `pipeline/${name}.ts`)];
    const crossing = imports.filter(
      ({ file, target, types }) => !types && layers.includes(file) && layers.includes(target),
    );
    expect(said(crossing)).toEqual([]);
  });

  it('lead from schemas to zod only', () => {
    const leaving = imports.filter(
      ({ file, target }) => within('schemas')(file) && !within('schemas')(target) && target !== 'zod/mini',
    );
    expect(said(leaving)).toEqual([]);
  });

  it.each(['mcp', 'node', 'browser', 'collections', 'otel', 'query'])(
    'lead from %s to the public surface only',
    (folder) => {
      const leaving = imports.filter(
        ({ file, target, types }) =>
          within(folder)(file) &&
          isOurs(target) &&
          !within(folder)(target) &&
          target !== 'index.ts' &&
          !(types && target === 'collections/index.ts'), // journals are of its kind
      );
      expect(said(leaving)).toEqual([]);
    },
  );

  it('keep the service apart: it must not share the client’s mistakes', () => {
    const leaving = imports.filter(
      ({ file, target }) =>
        within('service')(file) &&
        !within('service')(target) &&
        packageOf(target) !== 'jose' &&
        !target.startsWith('node:'),
    );
    expect(said(leaving)).toEqual([]);
    const using = imports.filter(
      ({ file, target }) =>
        within('service')(target) && !['service', 'testing', 'cli'].some((folder) => within(folder)(file)),
    );
    expect(said(using)).toEqual([]);
  });
});

describe('vendors', () => {
  const WALLS: Record<string, (file: string) => boolean> = {
    ky: (file) => file === 'pipeline/retry.ts',
    opossum: (file) => file === 'pipeline/breaker.ts',
    'lru-cache': (file) => file === 'cache/entries.ts',
    jose: within('service'),
    commander: within('cli'),
    'csv-parse': within('cli/rows'),
    undici: within('node'),
    '@opentelemetry/api': within('otel'),
    '@tanstack/query-core': within('query'),
    '@modelcontextprotocol/server': within('mcp'),
  };

  it.each(Object.entries(WALLS))('%s stays behind its wall', (vendor, allowed) => {
    const users = imports.filter(({ target }) => packageOf(target) === vendor);
    expect(users.length).toBeGreaterThan(0);
    expect(said(users.filter(({ file }) => !allowed(file)))).toEqual([]);
  });

  it('are zod/mini as a namespace, never the whole of zod', () => {
    const whole = imports.filter(
      ({ target }) =>
        packageOf(target) === 'zod' && target !== 'zod/mini' && !target.startsWith('zod/v4/locales/'),
    );
    expect(said(whole)).toEqual([]);
    for (const file of files)
      expect(readFileSync(join(SRC, file), 'utf8')).not.toMatch(/import \{[^}]*\bz\b[^}]*\} from 'zod/);
  });

  it('of Node are out of reach for the client, which runs in browsers', () => {
    const node = imports.filter(
      ({ file, target }) =>
        target.startsWith('node:') &&
        !['service', 'cli', 'node', 'mcp/transports'].some((folder) => within(folder)(file)),
    );
    expect(said(node)).toEqual([]);
  });

  it('are all declared', () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(SRC, '../package.json'), 'utf8'));
    const used = new Set(
      imports
        .map(({ target }) => target)
        .filter((target) => /^[a-z@]/.test(target) && !isOurs(target) && !target.startsWith('node:')),
    );
    const known = Object.keys({ ...dependencies, ...devDependencies });
    expect([...used].filter((target) => !known.includes(packageOf(target)))).toEqual([]);
  });
});

describe('state', () => {
  it('lives in no module: only constants stand at the top level', () => {
    const mutable = files.flatMap((file) =>
      readFileSync(join(SRC, file), 'utf8')
        .split('\n')
        .filter((line) => /^(?:export )?(?:let|var) /.test(line))
        .map((line) => `${file}: ${line}`),
    );
    expect(mutable).toEqual([]);
  });
});
