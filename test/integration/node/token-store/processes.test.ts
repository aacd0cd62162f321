import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { fileTokenStore, TokenStoreError } from 'persona-client/node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { failureOf } from '../../../support/failures.js';
import { serve } from '../../../support/service.js';
import { bundledChild, folder, start } from './children.js';

let program: Awaited<ReturnType<typeof bundledChild>>;

beforeAll(async () => {
  program = await bundledChild();
});

afterAll(() => program[Symbol.asyncDispose]());

/** The same choices in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

async function setUp() {
  const place = await folder();
  const path = join(place, 'tokens.json');
  return { place, path, log: join(place, 'log'), store: fileTokenStore(path, { lockTimeoutMs: 60_000 }) };
}

it('16 processes lose no update, while 8 more are killed at random: no torn file, no lock for ever', async () => {
  const { path, log, store, place } = await setUp();
  const TIMES = 8;
  const steady = Array.from({ length: 16 }, () => start(program.path, ['count', path, String(TIMES), log]));
  const doomed = Array.from({ length: 8 }, () => start(program.path, ['count', path, '100000', log]));
  const choose = random(20_260_730);
  let isOver = false;
  const watching = (async () => {
    let reads = 0;
    while (!isOver) {
      await store.get('counter'); // throws for a torn file
      reads++;
      await turn();
    }
    return reads;
  })();
  for (const child of doomed) {
    const lines = 1 + Math.floor(choose() * 6);
    while (child.lines.length < lines) await turn();
    for (let left = Math.floor(choose() * 40); left > 0; left--) await turn(); // anywhere between two lines
    child.process.kill('SIGKILL');
  }
  const endings = await Promise.all([...steady, ...doomed].map((child) => child.ended));
  isOver = true;
  expect(await watching).toBeGreaterThan(10);
  expect(endings.map(({ stderr }) => stderr).join('')).toBe('');
  expect(endings.map(({ how }) => how)).toEqual([...steady.map(() => 0), ...doomed.map(() => 'SIGKILL')]);

  const said = [...steady, ...doomed]
    .flatMap(({ lines }) => lines)
    .filter((line) => line === 'counted').length;
  const counted = Number((await store.get('counter'))?.accessToken);
  expect(counted).toBeGreaterThanOrEqual(said);
  expect(counted).toBeLessThanOrEqual(said + doomed.length); // a killed one may have counted and not said so
  for (const { process } of steady)
    expect(await store.get(`own ${process.pid}`)).toEqual({ accessToken: String(TIMES) });

  const killed = new Set(doomed.map(({ process }) => String(process.pid)));
  let inside: string | undefined;
  for (const line of readFileSync(log, 'utf8').trimEnd().split('\n')) {
    const [what, who = ''] = line.split(' ');
    if (what === 'in') {
      if (inside !== undefined) expect(killed).toContain(inside); // it never came out
      inside = who;
    } else {
      expect(who).toBe(inside);
      inside = undefined;
    }
  }

  await store.set('last', { accessToken: 'x' });
  await store.lock?.('counter', async (held) => held.get());
  const left = readdirSync(place).filter((name) => name.endsWith('.lock') || name.endsWith('.next'));
  expect(left).toEqual([]);
}, 120_000);

it('a killed holder’s lock is taken over at once; a stopped one’s is not, and whoever waits is told', async () => {
  const { path, store } = await setUp();
  const work = () =>
    store.lock?.('counter', async (held) => {
      await held.get();
      return held.replace({ accessToken: 'mine' });
    });
  const killed = start(program.path, ['hold', path]);
  await killed.said('holding');
  killed.process.kill('SIGKILL');
  await killed.ended;
  expect(await work()).toBe(true);

  const stopped = start(program.path, ['hold', path]);
  await stopped.said('holding');
  stopped.process.kill('SIGSTOP');
  const impatient = fileTokenStore(path, { lockTimeoutMs: 100 });
  const error = await failureOf(TokenStoreError, Promise.resolve(impatient.lock?.('counter', async () => 1)));
  expect(error.code).toBe('locked');
  expect(error.message).toContain(`process ${stopped.process.pid}`);
  await impatient.set('another', { accessToken: 'x' }); // other keys are free
  stopped.process.kill('SIGKILL');
  await stopped.ended;
  expect(await work()).toBe(true);
});

it('what a lost power left of a lock keeps nobody out, and what is no lock is said', async () => {
  const { path, store } = await setUp();
  for (const text of ['', '\0\0\0']) {
    writeFileSync(`${path}.lock`, text, { mode: 0o600 });
    await store.set('a', { accessToken: 'x' });
  }
  writeFileSync(`${path}.lock`, 'mine', { mode: 0o600 });
  const error = await failureOf(TokenStoreError, Promise.resolve(store.set('a', { accessToken: 'y' })));
  expect(error).toMatchObject({ code: 'corrupted', path: `${path}.lock` });
});

it.skipIf(process.platform !== 'linux')(
  'a lock is not kept for another process that got the number of a dead one',
  async () => {
    const { path, store } = await setUp();
    await store.set('a', { accessToken: 'x' });
    let lock = '';
    await store.lock?.('a', async () => {
      const name = readdirSync(join(path, '..')).find((one) => /json\..+\.lock$/.test(one)) ?? '';
      lock = join(path, '..', name);
      writeFileSync(
        join(path, '..', 'copy'),
        readFileSync(lock, 'utf8').replace(/"began":"\d+"/, '"began":"1"'),
      );
    });
    writeFileSync(lock, readFileSync(join(path, '..', 'copy')), { mode: 0o600 });
    expect(await store.lock?.('a', async (held) => held.get())).toEqual({ accessToken: 'x' });
  },
);

it('tokens that were changed while they were locked are not overwritten', async () => {
  const { path, store } = await setUp();
  const other = fileTokenStore(path);
  await store.set('a', { accessToken: 'first' });
  const kept = await store.lock?.('a', async (held) => {
    await held.get();
    await other.delete('a'); // a sign-out asks for no lock
    return held.replace({ accessToken: 'late' });
  });
  expect(kept).toBe(false);
  expect(await store.get('a')).toBeUndefined();
});

it('8 processes with one rotating refresh token spend each once, and stay signed in', async () => {
  const { path, store } = await setUp();
  const { url, service, connect } = await serve({
    auth: { users: { admin: 'pw' }, accessTtlSeconds: 2, revokeOnReuse: true },
  });
  const first = connect({ principal: 'shared', tokenStore: store });
  await first.auth.login({ username: 'admin', password: 'pw' });
  const children = Array.from({ length: 8 }, () => start(program.path, ['call', path, url, '600']));
  const endings = await Promise.all(children.map(({ ended }) => ended));
  expect(endings).toEqual(children.map(() => ({ how: 0, stderr: '' })));
  const spent = service.requests
    .filter((request) => request.path === '/api/v1/auth/refresh')
    .map((request) => request.headers.authorization);
  expect(spent.length).toBeGreaterThan(1);
  expect(new Set(spent).size).toBe(spent.length);
  expect(service.requests.filter((request) => request.path.endsWith('/login')).length).toBe(1);
  await first.personas.get(1);
}, 60_000);
