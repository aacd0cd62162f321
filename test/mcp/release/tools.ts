import { existsSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = new URL('./tools/node_modules/.bin/', import.meta.url);

/** One of the tools that `test/mcp/release/tools/package.json` names, as a script to give to Node. */
export function toolPath(name: string): string {
  const path = fileURLToPath(new URL(name, FOLDER));
  if (!existsSync(path))
    throw new Error(`${name} is not installed: run npm run test:mcp, which installs it.`);
  return realpathSync(path);
}
