// Needs the checkout (README.md, docs/guides). A user migrates from the guide's MCP client, which connects to TCP port 8123.
// No README and no guide mentions TcpClientTransport, the class for this. Importing it fails without the MCP server package,
// although the user needs only a client. The docs should mention it, and it should load without the server package.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  check,
  createTempFolder,
  distFolder,
  finish,
  NODE,
  packageRoot,
  setTimeLimitSeconds,
} from '../lib.mjs';

setTimeLimitSeconds(30);
const guides = join(packageRoot, 'docs/guides');
const docs = [
  join(packageRoot, 'README.md'),
  ...(existsSync(guides) ? readdirSync(guides).map((f) => join(guides, f)) : []),
].filter((f) => f.endsWith('.md'));
check(
  'README or a guide mentions TcpClientTransport',
  docs.some((f) => readFileSync(f, 'utf8').includes('TcpClientTransport')),
  `none of ${docs.length} files`,
  'at least one',
);
const folder = createTempFolder();
const packageFolder = join(folder, 'node_modules/persona-client');
mkdirSync(packageFolder, { recursive: true });
cpSync(distFolder, join(packageFolder, 'dist'), { recursive: true });
cpSync(join(packageRoot, 'package.json'), join(packageFolder, 'package.json'));
mkdirSync(join(folder, 'node_modules/@modelcontextprotocol'));
for (const name of ['zod', 'ky', '@modelcontextprotocol/client', '@modelcontextprotocol/core'])
  if (existsSync(join(packageRoot, 'node_modules', name)))
    symlinkSync(join(packageRoot, 'node_modules', name), join(folder, 'node_modules', name));
writeFileSync(
  join(folder, 'a.mjs'),
  "import { TcpClientTransport } from 'persona-client/mcp';\nconsole.log(typeof TcpClientTransport);\n",
);
const result = spawnSync(NODE, ['a.mjs'], { cwd: folder, encoding: 'utf8' });
check(
  'TcpClientTransport loads without the MCP server package',
  result.stdout.trim() === 'function',
  /Error[^\n]*/.exec(result.stderr)?.[0]?.replace(/imported from.*/, ''),
  'function',
);
finish();
