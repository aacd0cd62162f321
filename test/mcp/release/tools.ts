import { existsSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const BIN_FOLDER = new URL('./tools/node_modules/.bin/', import.meta.url);

/** Resolves a tool of `test/mcp/release/tools/package.json` to a script that Node can run. */
export function resolveTool(name: string): string {
  const path = fileURLToPath(new URL(name, BIN_FOLDER));
  if (!existsSync(path))
    throw new Error(`${name} is not installed: run npm test -- --project mcp-release, which installs it.`);
  return realpathSync(path);
}
