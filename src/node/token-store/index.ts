import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import type { TokenPair, TokenStore } from '../../index.js';
import { TokenStoreError } from './error.js';
import { withLock } from './lock-file.js';
import { preparePrivateFolder, readPrivate, replacePrivate, sweep } from './private-file.js';

export { TokenStoreError };

/** How a {@link fileTokenStore} behaves. */
export interface FileTokenStoreOptions {
  /** How long to wait for a lock that another process holds, in milliseconds. @default 10_000 */
  readonly lockTimeoutMs?: number;
}

/**
 * Keeps tokens in a file, for one client or many, in one process or many: processes that share the file share the
 * session, and of all of them one at a time spends the refresh token. What one has obtained, the others use.
 *
 * The file is readable by its owner only (mode 0600; a folder that is made for it 0700) and is replaced as a whole. It is
 * refused when it is a link, belongs to another user, or is open to others. On Windows it has the rights of its folder, and
 * only links are refused. Tokens are in it as they are: whoever can read the file can use them.
 *
 * Beside it lie locks, while they are held. The lock of a process that was killed is taken over. The file system has to
 * have hard links.
 *
 * @param path made absolute at once.
 * @throws TypeError for an option that is unknown or impossible. Its methods reject with a {@link TokenStoreError}.
 * @example
 * ```ts
 * const tokenStore = fileTokenStore('.persona/tokens.json');
 * const client = new PersonaClient({ auth: { username, password }, tokenStore });
 * ```
 */
export function fileTokenStore(path: string, options: FileTokenStoreOptions = {}): TokenStore {
  const { lockTimeoutMs } = settingsOf(path, options);
  const file = resolve(path);

  const read = async () => tokensIn(file, await readPrivate(file));
  const get = async (key: string) => (await read()).get(key);

  /** Others may change other keys at the same time. */
  const change = async (key: string, next: (now: TokenPair | undefined) => Promise<Next>) => {
    await preparePrivateFolder(file);
    return withLock(`${file}.lock`, lockTimeoutMs, async () => {
      const all = await read();
      const tokens = await next(all.get(key));
      if (tokens === UNCHANGED) return false;
      if (tokens) all.set(key, tokens);
      else if (!all.delete(key)) return true;
      await replacePrivate(file, textOf(all));
      await sweep(file);
      return true;
    });
  };

  return {
    get,
    set: (key, tokens) => change(key, async () => tokens),
    delete: (key) => change(key, async () => undefined),
    lock: async (key, work) => {
      await preparePrivateFolder(file);
      return withLock(`${file}.${nameOf(key)}.lock`, lockTimeoutMs, (isHeld) => {
        let seen: TokenPair | undefined;
        return work({
          get: async () => {
            if (!(await isHeld()))
              throw new TokenStoreError('locked', file, 'was locked by another process meanwhile');
            seen = await get(key);
            return seen;
          },
          replace: (tokens) =>
            change(key, async (now) => (isEqual(now, seen) && (await isHeld()) ? tokens : UNCHANGED)),
        });
      });
    },
  };
}

const UNCHANGED = Symbol('unchanged');
type Next = TokenPair | undefined | typeof UNCHANGED;

const isEqual = (one: TokenPair | undefined, other: TokenPair | undefined) =>
  JSON.stringify(one) === JSON.stringify(other);

/** A key can hold what no file name can. */
const nameOf = (key: string) => createHash('sha256').update(key).digest('hex').slice(0, 16);

const textOf = (all: ReadonlyMap<string, TokenPair>) =>
  `${JSON.stringify({ version: 1, tokens: Object.fromEntries(all) }, null, 2)}\n`;

function tokensIn(path: string, text: string | undefined): Map<string, TokenPair> {
  if (text === undefined) return new Map();
  try {
    const { version, tokens } = JSON.parse(text);
    if (version === 1 && typeof tokens === 'object' && tokens !== null)
      return new Map(Object.entries(tokens));
  } catch {} // its message would quote the file
  throw new TokenStoreError(
    'corrupted',
    path,
    'holds something other than tokens. It was left as it is: move it away, and sign in anew',
  );
}

function settingsOf(path: string, options: FileTokenStoreOptions) {
  if (typeof path !== 'string' || path === '' || path.includes('\0')) fail('the path must be a file name');
  for (const name of Object.keys(options))
    if (name !== 'lockTimeoutMs') fail(`has no option ${name}: there is lockTimeoutMs`);
  const { lockTimeoutMs = 10_000 } = options;
  if (!(Number.isInteger(lockTimeoutMs) && lockTimeoutMs >= 1 && lockTimeoutMs < 2 ** 31))
    fail('lockTimeoutMs must be a whole number of milliseconds from 1 on');
  return { lockTimeoutMs };
}

function fail(what: string): never {
  throw new TypeError(`fileTokenStore: ${what}`);
}
