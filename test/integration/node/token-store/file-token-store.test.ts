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
import { expectRejection, expectThrow } from '../../../support/failures.js';
import { temporaryFolder } from './children.js';

const pair: TokenPair = { accessToken: 'secret-access', refreshToken: 'secret-refresh', expiresAt: 1.8e12 };
const isPosix = process.platform !== 'win32';
const isRoot = process.geteuid?.() === 0;
if (!isPosix)
  console.log('Skipped on Windows: file modes, owners and pipes. The store does not check them there.');
if (!isRoot) console.log('Skipped: a file of another user. Only root can create one.');

async function setup() {
  const folder = await temporaryFolder();
  const path = join(folder, 'tokens', 'tokens.json');
  return { folder, path, store: fileTokenStore(path) };
}

describe('a token file', () => {
  it('returns stored tokens by key, also to another store', async () => {
    const { store, path } = await setup();
    expect(await store.get('a')).toBeUndefined();
    await store.set('a', pair);
    await store.set('__proto__', { accessToken: 'p' });
    await store.set('b', { accessToken: 'b' });
    await store.delete('b');
    await store.delete('unknown');
    const otherStore = fileTokenStore(path);
    expect(await otherStore.get('a')).toEqual(pair);
    expect(await otherStore.get('__proto__')).toEqual({ accessToken: 'p' });
    expect(await otherStore.get('b')).toBeUndefined();
    expect(await otherStore.get('constructor')).toBeUndefined();
  });

  it.skipIf(!isPosix)('is private, as is its folder, and leaves no other files behind', async () => {
    const { store, path } = await setup();
    const umask = process.umask(0);
    try {
      await store.set('a', pair);
      await store.lock?.('a', async (locked) => locked.replace(pair));
    } finally {
      process.umask(umask);
    }
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(path, '..'))).toEqual(['tokens.json']);
  });

  it('stores every one of many concurrent changes through several stores', async () => {
    const { path } = await setup();
    const keys = Array.from({ length: 30 }, (_, index) => `key ${index}`);
    await Promise.all(keys.map((key) => fileTokenStore(path).set(key, { accessToken: key })));
    for (const key of keys) expect(await fileTokenStore(path).get(key)).toEqual({ accessToken: key });
  });
});

describe('a token file is rejected', () => {
  /** Reads, writes and locks must all fail, and no error may contain a token. */
  async function expectRejected(path: string, code: TokenStoreError['code']): Promise<void> {
    const store = fileTokenStore(path, { lockTimeoutMs: 200 });
    const calls = [
      () => store.get('a'),
      () => store.set('a', pair),
      () => store.lock?.('a', async (locked) => locked.get()),
    ];
    for (const call of calls) {
      const error = await expectRejection(TokenStoreError, Promise.resolve(call()));
      expect(error).toMatchObject({ code, path: expect.stringContaining(path) });
      expect(`${error.stack}${JSON.stringify(error)}`).not.toContain('secret');
    }
  }

  async function withFile(text = JSON.stringify({ version: 1, tokens: { a: pair } })) {
    const { path, folder } = await setup();
    mkdirSync(join(path, '..'));
    writeFileSync(path, text, { mode: 0o600 });
    return { path, folder };
  }

  it('if it is a link, even to a valid file', async () => {
    const { path, folder } = await withFile();
    const link = join(folder, 'link.json');
    symlinkSync(path, link);
    await expectRejected(link, 'unsafe');
    expect(JSON.parse(readFileSync(path, 'utf8')).tokens.a).toEqual(pair);
  });

  it('if its lock is a link, without touching the target of the link', async () => {
    const { path, folder } = await withFile();
    const target = join(folder, 'target');
    writeFileSync(target, 'unchanged', { mode: 0o600 });
    symlinkSync(target, `${path}.lock`);
    const error = await expectRejection(
      TokenStoreError,
      Promise.resolve(fileTokenStore(path).set('a', pair)),
    );
    expect(error.code).toBe('unsafe');
    expect(readFileSync(target, 'utf8')).toBe('unchanged');
  });

  it.skipIf(!isPosix).each([0o640, 0o604, 0o620])('if its mode is %o', async (mode) => {
    const { path } = await withFile();
    chmodSync(path, mode);
    await expectRejected(path, 'unsafe');
  });

  it.skipIf(!isRoot)('if it belongs to another user', async () => {
    const { path } = await withFile();
    chownSync(path, 65_534, 65_534);
    await expectRejected(path, 'unsafe');
  });

  it.skipIf(!isPosix)('if it is a pipe or a folder', async () => {
    const { folder } = await setup();
    execFileSync('mkfifo', ['-m', '600', join(folder, 'pipe')]);
    await expectRejected(join(folder, 'pipe'), 'unsafe');
    mkdirSync(join(folder, 'folder'), { mode: 0o700 });
    await expectRejected(join(folder, 'folder'), 'unsafe');
  });

  it.skipIf(!isPosix)('for writing, if every user can replace files in its folder', async () => {
    const { folder } = await setup();
    const openFolder = join(folder, 'open');
    mkdirSync(openFolder);
    chmodSync(openFolder, 0o777);
    const store = fileTokenStore(join(openFolder, 'tokens.json'));
    const error = await expectRejection(TokenStoreError, Promise.resolve(store.set('a', pair)));
    expect(error.code).toBe('unsafe');
    expect(readdirSync(openFolder)).toEqual([]);
    chmodSync(openFolder, 0o1777); // like /tmp: users cannot replace files of others
    await store.set('a', pair);
    expect(await store.get('a')).toEqual(pair);
  });

  it.each([
    '',
    '{"version":1,"tokens":{"a":{"accessToken":"secret-acc',
    '[]',
    'null',
    '{"version":2,"tokens":{}}',
  ])('if it contains %j, and is not changed', async (text) => {
    const { path } = await withFile(text);
    await expectRejected(path, 'corrupted');
    expect(readFileSync(path, 'utf8')).toBe(text);
  });
});

describe('invalid options', () => {
  it.each([
    ['', {}, /path/],
    ['a\0b', {}, /path/],
    ['a', { lockTimeoutMs: 0 }, /lockTimeoutMs must be/],
    ['a', { lockTimeoutMs: Number.NaN }, /lockTimeoutMs must be/],
    [
      'a',
      { lockTimeout: 1 } as FileTokenStoreOptions,
      /lockTimeout is not known. The only option is lockTimeoutMs/,
    ],
  ])('path %j with options %j throws synchronously', (path, options, message) => {
    expect(expectThrow(TypeError, () => fileTokenStore(path, options)).message).toMatch(message);
  });
});
