/**
 * Prints the size of the client in the bundle of a page, in bytes after minification and gzip. `docs/guides/performance.md` compares
 * it with other clients.
 *
 *   npm run build && npm exec tsx scripts/bundle-size.ts
 */
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { type BuildOptions, build } from 'esbuild';

/** A module that imports a name and uses it, so that the bundler keeps it. */
export const importAndUse = (name: string, from: string) =>
  `import { ${name} } from '${from}'; globalThis.used = ${name};`;

/** Bundles a module. `eager` contains the code that a page loads first, without the chunks of dynamic imports. */
export async function bundle(
  contents: string,
  resolveDir: string,
  options: Pick<BuildOptions, 'external' | 'splitting'> = {},
) {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir, loader: 'ts' },
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    outdir: resolveDir,
    write: false,
    metafile: true,
    logLevel: 'silent',
    ...options,
  });
  const outputs = new Map(
    Object.entries(metafile.outputs).map(([path, output]) => [path.replace(/^.*\//, ''), output]),
  );
  const eagerFiles = new Set<string>();
  const visit = (name: string): void => {
    if (eagerFiles.has(name)) return;
    eagerFiles.add(name);
    for (const { kind, path, external } of outputs.get(name)?.imports ?? [])
      if (kind === 'import-statement' && !external) visit(path.replace(/^.*\//, ''));
  };
  visit('stdin.js');
  const files = outputFiles.filter(({ path }) => eagerFiles.has(path.replace(/^.*\//, '')));
  return {
    gzipped: files.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0),
    eager: files.map(({ text }) => text).join('\n'),
    all: outputFiles.map(({ text }) => text).join('\n'),
    /** Size of the chunk that contains a text. */
    chunkSize: (text: string) => {
      const chunks = outputFiles.filter((file) => !files.includes(file) && file.text.includes(text));
      return chunks.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0);
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('../', import.meta.url));
  const client = importAndUse('PersonaClient', './dist/index.js');
  for (const splitting of [true, false]) {
    const { gzipped } = await bundle(client, root, { splitting });
    console.log(`${splitting ? 'first download' : 'in one file'}: ${gzipped}`);
  }
}
