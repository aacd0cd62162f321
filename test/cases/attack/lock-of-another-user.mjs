// Needs Linux, and either root (to become `nobody`) or a user other than root.
// A process died and left the lock of the token file behind. Its pid now belongs to another user's process (here: process 1).
// The lock stays until a user deletes the file: kill(pid, 0) fails with EPERM, which the client reads as "still running".
// Every user may read the start time in /proc/<pid>/stat, which shows that this is another process. Then take the lock over.
import { spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { check, createTempFolder, finish, load, NODE, setTimeLimitSeconds, skip } from '../lib.mjs';

if (process.platform !== 'linux') skip('this case needs Linux');
if (process.getuid() === 0 && process.argv[3] !== 'child') {
  const child = spawnSync(NODE, [fileURLToPath(import.meta.url), process.argv[2], 'child'], {
    uid: 65534,
    gid: 65534,
    encoding: 'utf8',
    env: { ...process.env, HOME: '/' },
  });
  if (child.error || /EACCES/.test(child.stderr)) skip('the user nobody may not read Node or the package');
  process.stdout.write(child.stdout + child.stderr);
  process.exit(child.status);
}
setTimeLimitSeconds(30);
const { fileTokenStore } = await load('node.js');
const file = join(createTempFolder(), 'tokens.json');
const pidScope = `${hostname()} ${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
for (const [scenario, pid] of [
  ['a process that has exited (control)', 4_194_000],
  ["a pid that the same user's process has now (control)", process.pid],
  ["a pid that another user's process has now", 1],
]) {
  writeFileSync(`${file}.lock`, JSON.stringify({ id: 'stale', pid, startTime: '1', pidScope }), {
    mode: 0o600,
  });
  const outcome = await fileTokenStore(file, { lockTimeoutMs: 2000 })
    .set('k', { accessToken: 'a' })
    .then(
      () => 'taken over',
      (e) => e.code,
    );
  check(`the lock of ${scenario}`, outcome === 'taken over', outcome, 'taken over');
}
finish();
