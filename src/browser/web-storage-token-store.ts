import type { TokenPair, TokenStore } from '../index.js';
import { withTabLock } from './tab-lock.js';

/** Where a {@link webStorageTokenStore} keeps tokens. */
export interface WebStorageTokenStoreOptions {
  /** `localStorage` for all tabs and beyond the browser's end, `sessionStorage` for one tab. @default localStorage */
  readonly storage?: Storage;
}

/** What is in the storage: tokens, or where they were. Each change counts one up, a sign-out too. */
interface Entry {
  readonly generation: number;
  readonly tokens?: TokenPair | undefined;
}

/** How long others may need to see what was written here, in milliseconds. */
const SEEN_MS = 1_000;

/**
 * Keeps tokens in the browser, so that a page that is loaded again, and every other tab, is signed in.
 *
 * **Any script that runs in the page can read them**, and send them elsewhere: one injected script (XSS), one bad
 * dependency, is enough, and a refresh token is good for weeks. Without a token store they are in memory only, which ends
 * with the page. Prefer `getToken` with a backend of your own that keeps them. If you use this all the same, give the page a
 * strict Content-Security-Policy.
 *
 * With `localStorage` all tabs share the session. One tab at a time spends the refresh token; what it gets, the others use.
 * A tab that is closed or crashes in the middle of it holds up nobody, and one that is frozen for four seconds at most. When
 * one signs out, all are. Tokens need a name: give `principal`.
 *
 * Tabs find each other with Web Locks, which pages over plain `http:` do not have, save from this machine: there each tab
 * refreshes for itself. A tab that is duplicated takes a copy of its `sessionStorage` along, refresh token included.
 *
 * @throws TypeError for an option that is unknown or impossible.
 * @example
 * ```ts
 * const client = new PersonaClient({ principal: 'this browser', tokenStore: webStorageTokenStore() });
 * ```
 */
export function webStorageTokenStore(options: WebStorageTokenStoreOptions = {}): TokenStore {
  const storage = storageIn(options);

  const read = (key: string) => entryIn(key, storage.getItem(key));
  const write = (key: string, entry: Entry) => storage.setItem(key, JSON.stringify(entry));
  const change = async (key: string, tokens: TokenPair | undefined) => {
    const generation = read(key).generation + 1;
    write(key, { generation, tokens });
    await announce(key, generation);
  };
  const store: TokenStore = {
    get: (key) => read(key).tokens,
    set: change,
    delete: (key) => change(key, undefined),
  };
  if (storage !== globalThis.localStorage) return store; // no other tab has it

  return {
    ...store,
    lock: (key, work) =>
      withTabLock(key, async (isLocked) => {
        const holder = crypto.randomUUID();
        const fence = `${key} holder`;
        storage.setItem(fence, holder);
        const isHeld = () => isLocked() && storage.getItem(fence) === holder;
        await untilSeen(key, () => read(key).generation);
        let seen: Entry = { generation: 0 };
        const held = {
          get: () => {
            if (!isHeld()) throw new Error('this tab was frozen, and another has taken the lock');
            seen = read(key);
            return seen.tokens;
          },
          replace: async (tokens: TokenPair | undefined) => {
            if (!isHeld() || read(key).generation !== seen.generation) return false;
            await change(key, tokens);
            return true;
          },
        };
        return work(held); // the fence stays: its removal could reach a tab that has the lock by then
      }),
    watch: (key, changed) => {
      const listen = (event: StorageEvent) => {
        if (event.storageArea === storage && (event.key === key || event.key === null)) changed();
      };
      addEventListener('storage', listen);
      return () => removeEventListener('storage', listen);
    },
  };
}

/**
 * A storage is not one for all tabs at one time: another tab may get the lock before it sees what was written under it. Locks
 * are, so the generation that it has to see is the name of one, for a while.
 */
async function announce(key: string, generation: number): Promise<void> {
  const { locks } = globalThis.navigator;
  if (locks === undefined) return;
  await new Promise<void>((announced, failed) => {
    const announcing = () => {
      announced();
      return new Promise<void>((end) => setTimeout(end, SEEN_MS));
    };
    locks.request(nameOf(key, generation), { mode: 'shared' }, announcing).catch(failed);
  });
}

async function untilSeen(key: string, generation: () => number): Promise<void> {
  const { held = [] } = (await globalThis.navigator.locks?.query()) ?? {};
  const prefix = nameOf(key, '');
  const announced = held.flatMap(({ name = '' }) =>
    name.startsWith(prefix) ? [Number(name.slice(prefix.length))] : [],
  );
  const newest = Math.max(0, ...announced);
  const until = performance.now() + SEEN_MS; // in a hidden tab a timer comes once a second
  while (generation() < newest && performance.now() < until)
    await new Promise((resolve) => setTimeout(resolve, 5));
}

const nameOf = (key: string, generation: number | '') => `${key} generation ${generation}`;

function entryIn(key: string, text: string | null): Entry {
  if (text === null) return { generation: 0 };
  try {
    const entry = JSON.parse(text);
    if (Number.isSafeInteger(entry.generation)) return entry;
  } catch {} // its message would quote the tokens
  throw new Error(`The storage holds something other than tokens under ${key}: remove it, and sign in anew`);
}

function storageIn(options: WebStorageTokenStoreOptions): Storage {
  for (const name of Object.keys(options))
    if (name !== 'storage')
      throw new TypeError(`webStorageTokenStore: has no option ${name}: there is storage`);
  const { storage = globalThis.localStorage } = options;
  if (typeof storage?.getItem !== 'function')
    throw new TypeError(
      'webStorageTokenStore: storage must be localStorage or sessionStorage; there is none here',
    );
  return storage;
}
