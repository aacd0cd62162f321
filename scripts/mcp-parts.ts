/**
 * Builds `dist/mcp-parts.js`: the part of `src/mcp` that does not need the MCP SDK.
 *
 * The MCP entry and the command load different copies of the SDK, the installed one and the bundled one. They share the other code.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, buildSync, type Plugin } from 'esbuild';

const root = fileURLToPath(new URL('../', import.meta.url));
const FOLDER = 'src/mcp/';
const OUTPUT = 'mcp-parts.js';

const parts = findParts();

/** Returns the files of `src/mcp` that do not need the SDK. `imported` has those that the other files import. */
function findParts() {
  const { metafile } = buildSync({
    entryPoints: [`${FOLDER}index.ts`, `${FOLDER}run.ts`],
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    metafile: true,
    write: false,
    outdir: 'dist',
    absWorkingDir: root,
  });
  const importsOf = (path: string) => (metafile.inputs[path]?.imports ?? []).map((entry) => entry.path);
  const needsSdk = (path: string): boolean =>
    path.startsWith('@modelcontextprotocol/') || importsOf(path).some(needsSdk);
  const paths = Object.keys(metafile.inputs).filter((path) => path.startsWith(FOLDER));
  const files = new Set(paths.filter((path) => !needsSdk(path)));
  const imported = new Set(
    paths
      .filter(needsSdk)
      .flatMap(importsOf)
      .filter((path) => files.has(path)),
  );
  return { files, imported };
}

/** Bundles the parts. */
export async function buildMcpParts(): Promise<void> {
  await build({
    stdin: {
      contents: [...parts.imported].map((path) => `export * from './${path}';`).join('\n'),
      resolveDir: root,
    },
    outfile: join(root, 'dist', OUTPUT),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'es2023',
    external: ['zod/mini', 'zod/v4/*'],
    minify: true,
    legalComments: 'inline',
  });
}

/** Makes the MCP entry and the command import the parts. */
export const mcpParts: Plugin = {
  name: 'mcp-parts',
  setup: (build) => {
    const files = new Set([...parts.files].map((path) => join(root, path)));
    build.onResolve({ filter: /^\..*\.js$/ }, ({ path, resolveDir, kind }) => {
      // `src/cli` imports `mcp/version.ts` at its start, so the bundle of the command contains that file.
      const isInMcp = `${resolveDir}/`.startsWith(join(root, FOLDER));
      return files.has(join(resolveDir, path.replace(/\.js$/, '.ts'))) &&
        (isInMcp || kind === 'dynamic-import')
        ? { path: `./${OUTPUT}`, external: true, sideEffects: false }
        : undefined;
    });
  },
};
