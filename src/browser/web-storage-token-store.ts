import { assertOnlyOption } from '../core/assert-options.js';
import type { TokenPair, TokenStore } from '../index.js';
import { limitWait } from './limit-wait.js';
import { type Entry, parseEntry } from './stored-entry.js';
import { withTabLock } from './tab-lock.js';

/** The methods of `localStorage` and `sessionStorage` that the store uses. The types of workers do not include `Storage`. */
export interface WebStorage {
  /** Returns the text of a key, or `null` if there is none. */
  getItem(key: string): string | null;
  /** Stores the text of a key. */
  setItem(key: string, value: string): void;
  /** Removes a key. */
  removeItem(key: string): void;
}

/** Options of {@link webStorageTokenStore}. */
export interface WebStorageTokenStoreOptions {
  /**
   * Where to store the tokens. All tabs share `localStorage`, and it survives a restart of the browser. `sessionStorage`
   * belongs to one tab. @default localStorage
   */
  readonly storage?: WebStorage;
}

/** Maximum time until other tabs see a change in the storage. */
const PROPAGATION_MS = 1_000;

/**
 * Creates a token store in the browser. Users stay logged in after a reload and in other tabs.
 *
 * **Any script in the page can read the tokens** and send them to others. One injected script (XSS) or one malicious
 * dependency is enough, and a refresh token is valid for weeks. Without a token store, the client keeps tokens only in
 * memory, until the page closes. Prefer `getToken` with a backend that stores the tokens. If you use this store, give the
 * page a strict Content-Security-Policy.
 *
 * With `localStorage`, all tabs share the session. One tab at a time refreshes the token, and the others use the new token.
 * A tab that closes or crashes during a refresh does not block the others. A frozen tab blocks them for at most four
 * seconds. A logout in one tab logs out all tabs. The store needs a name for the tokens, so pass `principal` to the client.
 *
 * The lock between tabs needs Web Locks, which pages over plain `http:` do not have, except on localhost. Without Web
 * Locks, each tab refreshes separately. With `sessionStorage`, a duplicated tab receives a copy of the tokens.
 *
 * If the storage is full, or the browser blocks it, the tokens remain in memory until the page closes. The client still refreshes
 * them, and emits one `token` event with the action `store`.
 *
 * If the storage cannot return a value, the store returns the last tokens that this page has read or written. If the value is
 * not from this package, the store has no tokens. A login replaces the value, and a logout removes it.
 *
 * @throws {TypeError} For an unknown or invalid option, and if the page may not use `localStorage`.
 * @example
 * ```ts
 * const client = new PersonaClient({ principal: 'this browser', tokenStore: webStorageTokenStore() });
 * ```
 */
export function webStorageTokenStore(options: WebStorageTokenStoreOptions = {}): TokenStore {
  const storage = resolveStorage(options);

  /** The last entries that this page has read or written. The store uses them if the storage throws. */
  const lastEntries = new Map<string, Entry>();
  const read = (key: string) => {
    const text = tryGetItem(storage, key);
    const entry = text === undefined ? (lastEntries.get(key) ?? { generation: 0 }) : parseEntry(text);
    lastEntries.set(key, entry);
    return entry;
  };
  const update = async (key: string, tokens: TokenPair | undefined) => {
    const generation = (read(key).generation + 1) % Number.MAX_SAFE_INTEGER; // another program can have stored any number
    lastEntries.set(key, { generation, tokens });
    try {
      storage.setItem(key, JSON.stringify({ generation, tokens }));
    } catch (error) {
      if (tokens) throw error;
      storage.removeItem(key);
    }
    await announceGeneration(key, generation);
  };
  const store: TokenStore = {
    get: (key) => read(key).tokens,
    set: update,
    delete: (key) => update(key, undefined),
  };
  // Other tabs have no access to a `sessionStorage`, and Node.js has no tabs.
  if (storage !== findLocalStorage() || typeof addEventListener !== 'function') return store;

  return {
    ...store,
    lock: (key, work) =>
      withTabLock(key, async (isLocked) => {
        const holderId = crypto.randomUUID();
        const fenceKey = `${key} holder`;
        const hasFence = trySetItem(storage, fenceKey, holderId);
        const isHeld = () =>
          isLocked() && (!hasFence || (tryGetItem(storage, fenceKey) ?? holderId) === holderId);
        await waitForNewestGeneration(key, () => read(key).generation);
        let lastRead: Entry = { generation: 0 };
        return work({
          get: () => {
            if (!isHeld()) throw new LockLostError();
            lastRead = read(key);
            return lastRead.tokens;
          },
          replace: async (tokens: TokenPair | undefined) => {
            if (!isHeld() || read(key).generation !== lastRead.generation) return false;
            await update(key, tokens);
            return true;
          },
        }); // Does not remove `fenceKey`, because another tab may already hold the lock.
      }),
    watch: (key, onChange) => {
      const listener = (event: StorageEvent) => {
        if (event.storageArea === storage && (event.key === key || event.key === null)) onChange();
      };
      addEventListener('storage', listener);
      return () => removeEventListener('storage', listener);
    },
  };
}

/** The client does not refresh tokens if an error has this code. */
class LockLostError extends Error {
  readonly code = 'locked';
  constructor() {
    super('This tab was frozen, and another tab has taken over its lock.');
  }
}

/**
 * Returns the value of a key, or `null` if there is none. Returns `undefined` if the storage throws: it is blocked or damaged.
 */
function tryGetItem(storage: WebStorage, key: string): string | null | undefined {
  try {
    return storage.getItem(key);
  } catch {
    return undefined;
  }
}

/** Returns `false` if the storage is full or blocked. The Web Lock alone then excludes the other tabs, unless this tab freezes. */
function trySetItem(storage: WebStorage, key: string, value: string): boolean {
  try {
    storage.setItem(key, value);
    return true;
  } catch {
    return false;
  }
}

/**
 * Announces a new generation to other tabs, as the name of a shared Web Lock.
 *
 * Web Locks are consistent across tabs, but storage is not. A tab may acquire the lock before it sees the changes of the
 * previous holder. Therefore, {@link waitForNewestGeneration} waits up to one second for the announced generation.
 */
async function announceGeneration(key: string, generation: number): Promise<void> {
  const locks = globalThis.navigator?.locks;
  if (locks === undefined) return;
  const announced = new Promise<void>((resolve, reject) => {
    const onGrant = () => {
      resolve();
      return new Promise<void>((release) => setTimeout(release, PROPAGATION_MS));
    };
    locks.request(generationLockName(key, generation), { mode: 'shared' }, onGrant).catch(reject);
  });
  await limitWait(announced, PROPAGATION_MS, () => {}).catch(() => {}); // the tokens are stored anyway
}

async function waitForNewestGeneration(key: string, readGeneration: () => number): Promise<void> {
  const query = Promise.resolve(globalThis.navigator?.locks?.query()).catch(() => {});
  const { held = [] } = (await limitWait(query, PROPAGATION_MS, () => {})) ?? {};
  const prefix = generationLockName(key, '');
  const announcedGenerations = held.flatMap(({ name = '' }) =>
    name.startsWith(prefix) ? [Number(name.slice(prefix.length))] : [],
  );
  const newestGeneration = Math.max(0, ...announcedGenerations);
  const deadline = performance.now() + PROPAGATION_MS; // timers of a hidden tab fire once a second
  while (readGeneration() < newestGeneration && performance.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 5));
}

const generationLockName = (key: string, generation: number | '') => `${key} generation ${generation}`;

function resolveStorage(options: WebStorageTokenStoreOptions): WebStorage {
  assertOnlyOption('webStorageTokenStore', options, 'storage');
  const { storage = findLocalStorage() } = options;
  if (typeof storage?.getItem !== 'function')
    throw new TypeError(
      'webStorageTokenStore: storage must be localStorage or sessionStorage. They exist only in browsers, and a browser may block them.',
    );
  return storage;
}

/** Returns `localStorage`. `undefined` if there is none, or if the page may not use it. */
function findLocalStorage(): WebStorage | undefined {
  try {
    return globalThis.localStorage;
  } catch {
    return undefined;
  }
}
