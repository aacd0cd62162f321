// A test of a page runs under jest-environment-jsdom, which has no TextDecoder and no TextEncoder.
// Importing persona-client fails there, so every test of a component that uses it fails, even with a mocked client.
// The package should create its decoder on first use, not at import.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { check, distFolder, finish, NODE, setTimeLimitSeconds } from '../lib.mjs';

if (process.argv[3] === 'child') {
  for (const name of process.argv[4].split(',')) delete globalThis[name];
  const { createRequire } = await import('node:module');
  const { PersonaClient } = createRequire(`${distFolder}/`)('./index.cjs');
  new PersonaClient({ baseUrl: 'http://x.test' }).close();
  process.exit(0);
}
setTimeLimitSeconds(30);
for (const missing of [
  'nothing',
  'TextDecoder',
  'TextEncoder',
  'TextDecoder,TextEncoder',
  'fetch,Response,Headers,structuredClone,setImmediate',
]) {
  const child = spawnSync(NODE, [fileURLToPath(import.meta.url), process.argv[2], 'child', missing], {
    encoding: 'utf8',
  });
  const reason = /^\w*Error: .*$/m.exec(child.stderr)?.[0] ?? `exit ${child.status}`;
  check(`without ${missing}: the package loads and creates a client`, child.status === 0, reason, 'it loads');
}
finish();
