import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const SRC = fileURLToPath(new URL('../../src', import.meta.url));

/** An import, a re-export, or a dynamic import. */
export interface Import {
  readonly file: string;
  /** A path below src/, or the name of a package. */
  readonly target: string;
  readonly isTypeOnly: boolean;
  /** Whether the import loads at run time, when the code calls it. */
  readonly isDynamic: boolean;
}

/** Every source file, as a path below src/. */
export const files: readonly string[] = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .sort();

export const readSource = (file: string): string => readFileSync(join(SRC, file), 'utf8');

export const isSourceFile = (target: string): boolean => files.includes(target);

/** Static imports and re-exports, `import()` at run time, and `import('…')` in types. */
const IMPORT =
  /^(?:import|export)\s+(type\s)?[^;]*?from\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)|^import\s+'([^']+)'/gm;

export const imports: readonly Import[] = files.flatMap((file) =>
  [...readSource(file).matchAll(IMPORT)].map(([, type, from, dynamic, bare]) => ({
    file,
    target: resolveTarget(file, from ?? dynamic ?? bare ?? ''),
    isTypeOnly: type !== undefined,
    isDynamic: dynamic !== undefined,
  })),
);

function resolveTarget(file: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier;
  return relative(SRC, normalize(join(SRC, dirname(file), specifier))).replace(/\.js$/, '.ts');
}

/** Returns the module of a file: its first folder, or the file itself if the file is directly in src/. */
export const getModule = (file: string): string => file.split('/')[0] ?? file;

export const describeImports = (list: readonly Import[]): string[] =>
  list.map(({ file, target }) => `${file} imports ${target}`);

/** Finds cycles in a graph, as `a -> b -> a`. Returns at least one if the graph has any. */
export function findCycles(edges: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const visited = new Set<string>();
  const cycles: string[] = [];
  const visit = (node: string, trail: readonly string[]): void => {
    if (trail.includes(node)) cycles.push([...trail.slice(trail.indexOf(node)), node].join(' -> '));
    else if (!visited.has(node)) for (const next of edges.get(node) ?? []) visit(next, [...trail, node]);
    visited.add(node);
  };
  for (const node of edges.keys()) visit(node, []);
  return cycles;
}

/** Builds a graph: the targets of each node. */
export function buildGraph(pairs: Iterable<readonly [from: string, to: string]>): Map<string, Set<string>> {
  const edges = new Map<string, Set<string>>();
  for (const [from, to] of pairs) {
    const targets = edges.get(from) ?? new Set();
    edges.set(from, targets.add(to));
  }
  return edges;
}
