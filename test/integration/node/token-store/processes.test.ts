import { spawnSync } from 'node:child_process';
import { chownSync, readdirSync, readFileSync, readlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTick } from 'node:timers/promises';
import { fileTokenStore, TokenStoreError } from 'persona-client/node';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectRejection } from '../../../support/failures.js';
import { createRandom } from '../../../support/random.js';
import { startService } from '../../../support/service.js';
import { bundleChild, startChild, temporaryFolder } from './children.js';

let program: Awaited<ReturnType<typeof bundleChild>>;

beforeAll(async () => {
  program = await bundleChild();
});

afterAll(() => program[Symbol.asyncDispose]());

async function setup() {
  const folder = await temporaryFolder();
  const path = join(folder, 'tokens.json');
  return { folder, path, log: join(folder, 'log'), store: fileTokenStore(path, { lockTimeoutMs: 60_000 }) };
}

/** Returns the content of a lock file of this machine and container. */
function formatLock(holder: { readonly pid: number; readonly startTime: string }): string {
  const isLinux = process.platform === 'linux';
  const boot = isLinux ? readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() : '';
  const container = isLinux ? readlinkSync('/proc/self/ns/pid') : '';
  return JSON.stringify({ id: 'other', pidScope: `${hostname()} ${boot} ${container}`, ...holder });
}

it('16 processes lose no update while 8 others are killed at random, and leave no torn file and no lock', async () => {
  const { path, log, store, folder } = await setup();
  const INCREMENTS = 8;
  const survivors = Array.from({ length: 16 }, () =>
    startChild(program.path, ['count', path, String(INCREMENTS), log]),
  );
  const victims = Array.from({ length: 8 }, () => startChild(program.path, ['count', path, '100000', log]));
  const random = createRandom(20_260_730).next;
  let isOver = false;
  const readRepeatedly = (async () => {
    let reads = 0;
    while (!isOver) {
      await store.get('counter'); // throws if the file is torn
      reads++;
      await nextTick();
    }
    return reads;
  })();
  for (const child of victims) {
    const lines = 1 + Math.floor(random() * 6);
    while (child.lines.length < lines) await nextTick();
    for (let remaining = Math.floor(random() * 40); remaining > 0; remaining--) await nextTick(); // kill it at any point between two lines
    child.process.kill('SIGKILL');
  }
  const exits = await Promise.all([...survivors, ...victims].map((child) => child.exited));
  isOver = true;
  expect(await readRepeatedly).toBeGreaterThan(10);
  expect(exits.map(({ stderr }) => stderr).join('')).toBe('');
  expect(exits.map(({ codeOrSignal }) => codeOrSignal)).toEqual([
    ...survivors.map(() => 0),
    ...victims.map(() => 'SIGKILL'),
  ]);

  const printed = [...survivors, ...victims]
    .flatMap(({ lines }) => lines)
    .filter((line) => line === 'incremented').length;
  const count = Number((await store.get('counter'))?.accessToken);
  expect(count).toBeGreaterThanOrEqual(printed);
  expect(count).toBeLessThanOrEqual(printed + victims.length); // a killed process may not have printed its last increment
  for (const { process } of survivors)
    expect(await store.get(`own ${process.pid}`)).toEqual({ accessToken: String(INCREMENTS) });

  const killed = new Set(victims.map(({ process }) => String(process.pid)));
  let holder: string | undefined;
  for (const line of readFileSync(log, 'utf8').trimEnd().split('\n')) {
    const [action, pid = ''] = line.split(' ');
    if (action === 'in') {
      if (holder !== undefined) expect(killed).toContain(holder); // killed while it held the lock
      holder = pid;
    } else {
      expect(pid).toBe(holder);
      holder = undefined;
    }
  }

  await store.set('last', { accessToken: 'x' });
  await store.lock?.('counter', async (locked) => locked.get());
  const leftovers = readdirSync(folder).filter((name) => name.endsWith('.lock') || name.endsWith('.next'));
  expect(leftovers).toEqual([]);
}, 120_000);

it('takes over the lock of a killed process immediately, and reports a stopped process as the holder', async () => {
  const { path, store } = await setup();
  const replaceTokens = () =>
    store.lock?.('counter', async (locked) => {
      await locked.get();
      return locked.replace({ accessToken: 'mine' });
    });
  const killed = startChild(program.path, ['hold', path]);
  await killed.waitForLine('holding');
  killed.process.kill('SIGKILL');
  await killed.exited;
  expect(await replaceTokens()).toBe(true);

  const stopped = startChild(program.path, ['hold', path]);
  await stopped.waitForLine('holding');
  stopped.process.kill('SIGSTOP');
  const shortTimeoutStore = fileTokenStore(path, { lockTimeoutMs: 100 });
  const error = await expectRejection(
    TokenStoreError,
    Promise.resolve(shortTimeoutStore.lock?.('counter', async () => 1)),
  );
  expect(error.code).toBe('locked');
  expect(error.message).toContain(`process ${stopped.process.pid}`);
  await shortTimeoutStore.set('another', { accessToken: 'x' }); // locks are per key
  stopped.process.kill('SIGKILL');
  await stopped.exited;
  expect(await replaceTokens()).toBe(true);
});

it('ignores a lock file that a power failure left incomplete, and rejects one that is not a lock', async () => {
  const { path, store } = await setup();
  for (const text of ['', '\0\0\0']) {
    writeFileSync(`${path}.lock`, text, { mode: 0o600 });
    await store.set('a', { accessToken: 'x' });
  }
  writeFileSync(`${path}.lock`, 'mine', { mode: 0o600 });
  const error = await expectRejection(TokenStoreError, Promise.resolve(store.set('a', { accessToken: 'y' })));
  expect(error).toMatchObject({ code: 'corrupted', path: `${path}.lock` });
});

it('takes over the lock of an exited process whose pid another process has now', async (context) => {
  context.skip(process.platform !== 'linux', 'only Linux reports the start time of a process');
  const { path, store } = await setup();
  await store.set('a', { accessToken: 'x' });
  let lock = '';
  await store.lock?.('a', async () => {
    const name = readdirSync(join(path, '..')).find((file) => /json\..+\.lock$/.test(file)) ?? '';
    lock = join(path, '..', name);
    writeFileSync(
      join(path, '..', 'copy'),
      readFileSync(lock, 'utf8').replace(/"startTime":"\d+"/, '"startTime":"1"'),
    );
  });
  writeFileSync(lock, readFileSync(join(path, '..', 'copy')), { mode: 0o600 });
  expect(await store.lock?.('a', async (locked) => locked.get())).toEqual({ accessToken: 'x' });
});

describe("the lock of a pid that another user's process has now", () => {
  const NOBODY = 65_534;
  /** Every user may read this time, but only root may send process 1 a signal. */
  const readStartTimeOfInit = () =>
    readFileSync('/proc/1/stat', 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')[19] ?? '';

  const uid = process.getuid?.() === 0 ? NOBODY : undefined;

  beforeEach(({ skip }) => {
    skip(process.platform !== 'linux', 'only Linux reports the start time of a process');
    const { error, status } = spawnSync(process.execPath, ['--version'], { uid, gid: uid });
    skip(status !== 0, `user ${uid} cannot run Node: ${error ?? status}`);
  });

  it.each([
    ['is taken over if the start time differs', () => '1', /^stored$/],
    ['is kept if the start time is the same', readStartTimeOfInit, /^locked .* process 1 did not release/],
    ['is kept if the start time is unknown', () => '', /^locked .* process 1 did not release/],
  ])('%s', async (_, getStartTime, outcome) => {
    const { path, folder } = await setup();
    writeFileSync(`${path}.lock`, formatLock({ pid: 1, startTime: getStartTime() }), { mode: 0o600 });
    if (uid !== undefined) for (const name of [folder, `${path}.lock`]) chownSync(name, uid, uid);
    const child = startChild(program.path, ['set', path], uid);
    expect(await child.exited).toEqual({ codeOrSignal: 0, stderr: '' });
    expect(child.lines.join('\n')).toMatch(outcome);
  });
});

it('takes over a lock without a start time after a minute without a heartbeat', async () => {
  const { path } = await setup();
  const lock = `${path}.lock`;
  writeFileSync(lock, formatLock({ pid: process.pid, startTime: '' }), { mode: 0o600 });
  const store = fileTokenStore(path, { lockTimeoutMs: 100 });
  const setToken = () => Promise.resolve(store.set('a', { accessToken: 'x' }));
  expect((await expectRejection(TokenStoreError, setToken())).code).toBe('locked');
  const overOneMinuteAgo = Date.now() / 1000 - 61;
  utimesSync(lock, overOneMinuteAgo, overOneMinuteAgo);
  await setToken();
});

it('does not overwrite tokens that changed while they were locked', async () => {
  const { path, store } = await setup();
  const otherStore = fileTokenStore(path);
  await store.set('a', { accessToken: 'first' });
  const wasReplaced = await store.lock?.('a', async (locked) => {
    await locked.get();
    await otherStore.delete('a'); // a logout takes no lock
    return locked.replace({ accessToken: 'late' });
  });
  expect(wasReplaced).toBe(false);
  expect(await store.get('a')).toBeUndefined();
});

it('8 processes use each rotated refresh token exactly once and stay logged in', async () => {
  const { path, store } = await setup();
  const { url, service, connect } = await startService({
    auth: { users: { admin: 'pw' }, accessTtlSeconds: 2, revokeOnReuse: true },
  });
  const first = connect({ principal: 'shared', tokenStore: store });
  await first.auth.login({ username: 'admin', password: 'pw' });
  const children = Array.from({ length: 8 }, () => startChild(program.path, ['call', path, url, '600']));
  const exits = await Promise.all(children.map(({ exited }) => exited));
  expect(exits).toEqual(children.map(() => ({ codeOrSignal: 0, stderr: '' })));
  const refreshTokens = service.requests
    .filter((request) => request.path === '/api/v1/auth/refresh')
    .map((request) => request.headers.authorization);
  expect(refreshTokens.length).toBeGreaterThan(1);
  expect(new Set(refreshTokens).size).toBe(refreshTokens.length);
  expect(service.requests.filter((request) => request.path.endsWith('/login')).length).toBe(1);
  await first.personas.get(1);
}, 60_000);
