// A sandboxed page may not use localStorage: every access throws a SecurityError. The case emulates this with a getter.
// webStorageTokenStore() throws that error, although the docs promise a TypeError. With Node's incomplete localStorage
// (--experimental-webstorage with a file), calls reject with a raw ReferenceError.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { check, createTempFolder, finish, load, NODE, setTimeLimitSeconds } from '../lib.mjs';

const { webStorageTokenStore } = await load('browser.js');
const { PersonaClient } = await load();
if (process.argv[3] === 'child') {
  try {
    const client = new PersonaClient({
      fetch: async () => new Response('{}'),
      dialect: 'subresource',
      principal: 'p',
      tokenStore: webStorageTokenStore(),
    });
    await client.auth.session();
    console.log('ok');
  } catch (e) {
    console.log(`${e.name}: ${e.message}`);
  }
  process.exit(0);
}
setTimeLimitSeconds(20);
Object.defineProperty(globalThis, 'localStorage', {
  configurable: true,
  get() {
    throw new DOMException('The document is sandboxed', 'SecurityError');
  },
});
let outcome = 'no error';
try {
  webStorageTokenStore();
} catch (e) {
  outcome = e.name;
}
check(
  'localStorage is blocked: webStorageTokenStore() throws a TypeError',
  outcome === 'TypeError',
  outcome,
  'TypeError',
);
const child = spawnSync(
  NODE,
  [
    '--experimental-webstorage',
    `--localstorage-file=${join(createTempFolder(), 'ls')}`,
    fileURLToPath(import.meta.url),
    process.argv[2],
    'child',
  ],
  { encoding: 'utf8' },
);
const output = child.stdout.trim();
check(
  "Node's own localStorage: works, or throws a TypeError",
  /^(ok|TypeError)/.test(output),
  output,
  'TypeError',
);
finish();
