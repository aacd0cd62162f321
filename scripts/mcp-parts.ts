/** The parts of `src/mcp` that the MCP entry and the command share: `dist/mcp-parts.js`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'esbuild';

const folder = fileURLToPath(new URL('../src/mcp/', import.meta.url));

export const PARTS = 'mcp-parts';
export const PARTS_SOURCE = 'src/mcp/parts.ts';

/** Makes the MCP entry import the parts. */
export const mcpParts: Plugin = {
  name: PARTS,
  setup: (build) => {
    const source = readFileSync(join(folder, 'parts.ts'), 'utf8');
    const files = new Set([...source.matchAll(/from '(.*)';/g)].map(([, path = '']) => join(folder, path)));
    build.onResolve({ filter: /^\..*\.js$/ }, ({ path, resolveDir }) =>
      files.has(join(resolveDir, path))
        ? { path: `./${PARTS}.js`, external: true, sideEffects: false }
        : undefined,
    );
  },
};
