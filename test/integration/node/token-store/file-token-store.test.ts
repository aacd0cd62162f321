import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { TokenPair } from 'persona-client';
import { type FileTokenStoreOptions, fileTokenStore, TokenStoreError } from 'persona-client/node';
import { describe, expect, it } from 'vitest';
import { failureOf, thrownBy } from '../../../support/failures.js';
import { folder } from './children.js';

const pair: TokenPair = { accessToken: 'secret-access', refreshToken: 'secret-refresh', expiresAt: 1.8e12 };
const isPosix = process.platform !== 'win32';
const isRoot = process.geteuid?.() === 0;
if (!isPosix)
  console.log('Windows: modes, owners and pipes are not tested, since nothing is promised of them there');
if (!isRoot) console.log('The file of another user is not tested: only root can make one');

async function setUp() {
  const place = await folder();
  const path = join(place, 'kept', 'tokens.json');
  return { place, path, store: fileTokenStore(path) };
}

describe('a token file', () => {
  it('gives what was set, by key, to whoever opens it', async () => {
    const { store, path } = await setUp();
    expect(await store.get('a')).toBeUndefined();
    await store.set('a', pair);
    await store.set('__proto__', { accessToken: 'p' });
    await store.set('b', { accessToken: 'b' });
    await store.delete('b');
    await store.delete('never there');
    const other = fileTokenStore(path);
    expect(await other.get('a')).toEqual(pair);
    expect(await other.get('__proto__')).toEqual({ accessToken: 'p' });
    expect(await other.get('b')).toBeUndefined();
    expect(await other.get('constructor')).toBeUndefined();
  });

  it.skipIf(!isPosix)('is its owner’s alone, in a folder that is, and leaves nothing beside it', async () => {
    const { store, path } = await setUp();
    const before = process.umask(0);
    try {
      await store.set('a', pair);
      await store.lock?.('a', async (held) => held.replace(pair));
    } finally {
      process.umask(before);
    }
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(path, '..'))).toEqual(['tokens.json']);
  });

  it('keeps every change of many at once, through several stores', async () => {
    const { path } = await setUp();
    const keys = Array.from({ length: 30 }, (_, index) => `key ${index}`);
    await Promise.all(keys.map((key) => fileTokenStore(path).set(key, { accessToken: key })));
    for (const key of keys) expect(await fileTokenStore(path).get(key)).toEqual({ accessToken: key });
  });
});

describe('a token file is refused', () => {
  /** Reading, changing and locking alike; no error tells a token. */
  async function refused(path: string, code: TokenStoreError['code']): Promise<void> {
    const store = fileTokenStore(path, { lockTimeoutMs: 200 });
    const works = [
      () => store.get('a'),
      () => store.set('a', pair),
      () => store.lock?.('a', async (held) => held.get()),
    ];
    for (const work of works) {
      const error = await failureOf(TokenStoreError, Promise.resolve(work()));
      expect(error).toMatchObject({ code, path: expect.stringContaining(path) });
      expect(`${error.stack}${JSON.stringify(error)}`).not.toContain('secret');
    }
  }

  async function withFile(text = JSON.stringify({ version: 1, tokens: { a: pair } })) {
    const { path, place } = await setUp();
    mkdirSync(join(path, '..'));
    writeFileSync(path, text, { mode: 0o600 });
    return { path, place };
  }

  it('when it is a link, though to a good file', async () => {
    const { path, place } = await withFile();
    const link = join(place, 'link.json');
    symlinkSync(path, link);
    await refused(link, 'unsafe');
    expect(JSON.parse(readFileSync(path, 'utf8')).tokens.a).toEqual(pair);
  });

  it('when its lock is a link: where that leads to stays as it is', async () => {
    const { path, place } = await withFile();
    const victim = join(place, 'victim');
    writeFileSync(victim, 'precious', { mode: 0o600 });
    symlinkSync(victim, `${path}.lock`);
    const error = await failureOf(TokenStoreError, Promise.resolve(fileTokenStore(path).set('a', pair)));
    expect(error.code).toBe('unsafe');
    expect(readFileSync(victim, 'utf8')).toBe('precious');
  });

  it.skipIf(!isPosix).each([0o640, 0o604, 0o620])('when its mode is %o', async (mode) => {
    const { path } = await withFile();
    chmodSync(path, mode);
    await refused(path, 'unsafe');
  });

  it.skipIf(!isRoot)('when it belongs to another user', async () => {
    const { path } = await withFile();
    chownSync(path, 65_534, 65_534);
    await refused(path, 'unsafe');
  });

  it.skipIf(!isPosix)('when it is a pipe, or a folder', async () => {
    const { place } = await setUp();
    execFileSync('mkfifo', ['-m', '600', join(place, 'pipe')]);
    await refused(join(place, 'pipe'), 'unsafe');
    mkdirSync(join(place, 'folder'), { mode: 0o700 });
    await refused(join(place, 'folder'), 'unsafe');
  });

  it.skipIf(!isPosix)('for writing, when everyone may exchange files in its folder', async () => {
    const { place } = await setUp();
    const open = join(place, 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    const store = fileTokenStore(join(open, 'tokens.json'));
    const error = await failureOf(TokenStoreError, Promise.resolve(store.set('a', pair)));
    expect(error.code).toBe('unsafe');
    expect(readdirSync(open)).toEqual([]);
    chmodSync(open, 0o1777); // as /tmp is: nobody removes another's files there
    await store.set('a', pair);
    expect(await store.get('a')).toEqual(pair);
  });

  it.each([
    '',
    '{"version":1,"tokens":{"a":{"accessToken":"secret-acc',
    '[]',
    'null',
    '{"version":2,"tokens":{}}',
  ])('when it holds %j, and stays as it is', async (text) => {
    const { path } = await withFile(text);
    await refused(path, 'corrupted');
    expect(readFileSync(path, 'utf8')).toBe(text);
  });
});

describe('impossible options', () => {
  it.each([
    ['', {}, /path/],
    ['a\0b', {}, /path/],
    ['a', { lockTimeoutMs: 0 }, /lockTimeoutMs must be/],
    ['a', { lockTimeoutMs: Number.NaN }, /lockTimeoutMs must be/],
    ['a', { lockTimeout: 1 } as FileTokenStoreOptions, /has no option lockTimeout/],
  ])('%j with %j are said at once', (path, options, message) => {
    expect(thrownBy(TypeError, () => fileTokenStore(path, options)).message).toMatch(message);
  });
});
