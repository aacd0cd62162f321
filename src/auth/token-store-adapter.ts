import * as z from 'zod/mini';
import type { LockedTokens, TokenPair, TokenStore } from '../config/auth-options.js';
import { PersonaAbortError, PersonaAuthenticationError } from '../core/errors/index.js';
import { check, formatIssues } from '../core/validate.js';
import { once } from '../schemas/rules.js';
import { token } from '../schemas/token.js';
import type { TimeLimit } from './time-limit.js';

const TIME = 'must be milliseconds since 1970';
const stored = once(() =>
  z.nullish(
    z.object({
      accessToken: token(),
      refreshToken: z.nullish(token()),
      expiresAt: z.nullish(z.number().check(z.gte(0, TIME), z.lte(8.64e15, TIME))),
    }),
  ),
);

/** One name's tokens while nobody else who shares the store replaces them. */
export interface LockedEntry {
  read(): Promise<TokenPair | undefined>;
  /** `false`: something else was stored meanwhile, so nothing was changed. */
  replace(tokens: TokenPair | undefined): Promise<boolean>;
}

/** The token store behind one door: what comes out is checked, and nothing is waited for without end. */
export class TokenStoreAdapter {
  readonly #store: TokenStore;
  readonly #prefix: string;
  readonly #patiently: TimeLimit;
  /** Changes happen one after the other, so that a slow one cannot land after a later one. */
  #lastChange: Promise<unknown> = Promise.resolve();

  constructor(store: TokenStore, prefix: string, patiently: TimeLimit) {
    this.#store = store;
    this.#prefix = prefix;
    this.#patiently = patiently;
  }

  read(name: string): Promise<TokenPair | undefined> {
    return this.#read(() => this.#store.get(this.#prefix + name));
  }

  async write(name: string, tokens: TokenPair): Promise<void> {
    await this.#change(
      () => this.#store.set(this.#prefix + name, tokens),
      'write, so the tokens are known here only',
    );
  }

  async delete(name: string): Promise<void> {
    await this.#change(
      () => this.#store.delete(this.#prefix + name),
      'delete, so the tokens may still be in it. Here they are forgotten',
    );
  }

  /** Without a lock in the store, `work` is done with nothing held. Only the way to the lock is bounded. */
  async lock<T>(name: string, work: (held: LockedEntry | undefined) => Promise<T>): Promise<T> {
    const store = this.#store;
    if (!store.lock) return work(undefined);
    let late = false;
    const enter = () =>
      new Promise<{ readonly working: Promise<T> }>((entered, refused) => {
        const locked = store.lock?.(this.#prefix + name, (held) => {
          const working = late ? Promise.reject(new Error('too late')) : work(this.#held(held));
          entered({ working });
          return working;
        });
        locked?.catch(refused);
      });
    try {
      const { working } = await this.#patiently(WHO, enter);
      return working;
    } catch (error) {
      late = true;
      throw failed('lock, so no tokens were replaced. Nothing was sent', error);
    }
  }

  watch(name: string, changed: () => void): () => void {
    return this.#store.watch?.(this.#prefix + name, changed) ?? (() => {});
  }

  #held(held: LockedTokens): LockedEntry {
    return {
      read: () => this.#read(() => held.get()),
      replace: (tokens) =>
        this.#change(() => held.replace(tokens), 'write, so the tokens are known here only'),
    };
  }

  async #read(work: () => unknown): Promise<TokenPair | undefined> {
    try {
      return pairOf(await this.#patiently(WHO, work));
    } catch (error) {
      throw failed('read, so it is not known who is signed in. Nothing was sent', error);
    }
  }

  async #change<T>(work: () => T | Promise<T>, what: string): Promise<T> {
    const change = this.#lastChange.then(work);
    this.#lastChange = change.catch(() => {});
    try {
      return await this.#patiently(WHO, () => change);
    } catch (error) {
      throw failed(what, error);
    }
  }
}

const WHO = 'The token store';

const failed = (what: string, cause: unknown) =>
  cause instanceof PersonaAbortError
    ? cause
    : new PersonaAuthenticationError(`The token store failed to ${what}. See the cause.`, { cause });

function pairOf(value: unknown): TokenPair | undefined {
  const checked = check(stored(), value);
  if ('issues' in checked)
    throw new TypeError(`it holds something other than tokens: ${formatIssues(checked.issues)}`);
  if (!checked.value) return undefined;
  const { accessToken, refreshToken, expiresAt } = checked.value;
  return { accessToken, ...(refreshToken && { refreshToken }), ...(expiresAt && { expiresAt }) };
}
