/** Stores tokens in a file that several processes can share. */
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { assertOnlyOption } from '../../core/assert-options.js';
import type { TokenPair, TokenStore } from '../../index.js';
import { TokenStoreError } from './error.js';
import { withLock } from './lock-file.js';
import {
  preparePrivateFolder,
  readPrivateFile,
  removeStaleTemporaryFiles,
  replacePrivateFile,
} from './private-file.js';

export { TokenStoreError };

/** Options of {@link fileTokenStore}. */
export interface FileTokenStoreOptions {
  /** How long to wait for a lock that another process holds, in milliseconds. @default 10_000 */
  readonly lockTimeoutMs?: number;
}

/**
 * Creates a token store in a file. Clients and processes that use the same file share a session. One client at a time
 * refreshes the token, and the others use the new token.
 *
 * The file has mode 0600, and a folder that the store creates has mode 0700. The store replaces the file atomically. It
 * rejects a link, a file of another user, and a file that other users can access. On Windows, the file inherits the
 * permissions of its folder, and the store rejects only links. The file contains the tokens in plain text, and any program
 * that can read the file can use them.
 *
 * While a client holds the lock, a lock file is next to the token file. If its process is killed, another process takes over
 * the lock immediately. A process that cannot see the killed one, for example in another container, takes over the lock
 * after one minute. The file system must support hard links.
 *
 * @param path Resolved against the current directory when you create the store.
 * @throws {TypeError} For an unknown or invalid option.
 * @throws {TokenStoreError} Methods of the store reject with it if the file is corrupted, unsafe or locked for too long.
 * @example
 * ```ts
 * const tokenStore = fileTokenStore('.persona/tokens.json');
 * const client = new PersonaClient({ auth: { username, password }, tokenStore });
 * ```
 */
export function fileTokenStore(path: string, options: FileTokenStoreOptions = {}): TokenStore {
  const { lockTimeoutMs } = resolveOptions(path, options);
  const filePath = resolve(path);

  const readAll = async () => parseTokens(filePath, await readPrivateFile(filePath));
  const get = async (key: string) => (await readAll()).get(key);

  /** Updates one key under a lock on the whole file, because other processes may update other keys. */
  const update = async (key: string, getUpdate: (current: TokenPair | undefined) => Promise<TokenUpdate>) => {
    await preparePrivateFolder(filePath);
    return withLock(`${filePath}.lock`, lockTimeoutMs, async () => {
      const tokensByKey = await readAll();
      const newTokens = await getUpdate(tokensByKey.get(key));
      if (newTokens === UNCHANGED) return false;
      if (newTokens) tokensByKey.set(key, newTokens);
      else if (!tokensByKey.delete(key)) return true;
      await replacePrivateFile(filePath, serializeTokens(tokensByKey));
      await removeStaleTemporaryFiles(filePath);
      return true;
    });
  };

  return {
    get,
    set: (key, tokens) => update(key, async () => tokens),
    delete: (key) => update(key, async () => undefined),
    lock: async (key, work) => {
      await preparePrivateFolder(filePath);
      return withLock(`${filePath}.${hashKey(key)}.lock`, lockTimeoutMs, (isHeld) => {
        let lastRead: TokenPair | undefined;
        return work({
          get: async () => {
            if (!(await isHeld()))
              throw new TokenStoreError(
                'locked',
                filePath,
                'is no longer locked by this process. Another process may have taken over the lock. Retry the call',
              );
            lastRead = await get(key);
            return lastRead;
          },
          replace: (tokens) =>
            update(key, async (current) =>
              isEqual(current, lastRead) && (await isHeld()) ? tokens : UNCHANGED,
            ),
        });
      });
    },
  };
}

const UNCHANGED = Symbol('unchanged');
/** `undefined` deletes the tokens. */
type TokenUpdate = TokenPair | undefined | typeof UNCHANGED;

const isEqual = (left: TokenPair | undefined, right: TokenPair | undefined) =>
  JSON.stringify(left) === JSON.stringify(right);

/** A key may contain characters that a file name may not. */
const hashKey = (key: string) => createHash('sha256').update(key).digest('hex').slice(0, 16);

const serializeTokens = (tokensByKey: ReadonlyMap<string, TokenPair>) =>
  `${JSON.stringify({ version: 1, tokens: Object.fromEntries(tokensByKey) }, null, 2)}\n`;

function parseTokens(path: string, text: string | undefined): Map<string, TokenPair> {
  if (text === undefined) return new Map();
  try {
    const { version, tokens } = JSON.parse(text);
    if (version === 1 && typeof tokens === 'object' && tokens !== null)
      return new Map(Object.entries(tokens));
  } catch {} // the error message would quote the file
  throw new TokenStoreError(
    'corrupted',
    path,
    'does not contain tokens of this package and was not changed. Move it away and log in again',
  );
}

function resolveOptions(path: string, options: FileTokenStoreOptions) {
  if (typeof path !== 'string' || path.trim() === '' || path.includes('\0'))
    fail('path must be the path of a file');
  assertOnlyOption('fileTokenStore', options, 'lockTimeoutMs');
  const { lockTimeoutMs = 10_000 } = options;
  if (!(Number.isInteger(lockTimeoutMs) && lockTimeoutMs >= 1 && lockTimeoutMs < 2 ** 31))
    fail('lockTimeoutMs must be a whole number of milliseconds from 1 to 2147483647');
  return { lockTimeoutMs };
}

function fail(message: string): never {
  throw new TypeError(`fileTokenStore: ${message}`);
}
