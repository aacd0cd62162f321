import * as z from 'zod/mini';
import { PersonaAbortError, PersonaAuthenticationError } from '../errors.js';
import { token } from '../schemas/token.js';
import { check, inWords } from '../validate.js';
import type { Patiently } from './patience.js';
import type { TokenPair, TokenStore } from './types.js';

const stored = z.nullish(
  z.object({
    accessToken: token,
    refreshToken: z.nullish(token),
    expiresAt: z.nullish(z.number().check(z.gte(0), z.lte(8.64e15))),
  }),
);

/** The token store behind one door: what comes out is checked, and nothing is waited for without end. */
export class Vault {
  readonly #store: TokenStore;
  readonly #prefix: string;
  readonly #patiently: Patiently;
  /** Changes happen one after the other, so that a slow one cannot land after a later one. */
  #lastChange: Promise<unknown> = Promise.resolve();

  constructor(store: TokenStore, prefix: string, patiently: Patiently) {
    this.#store = store;
    this.#prefix = prefix;
    this.#patiently = patiently;
  }

  async read(name: string): Promise<TokenPair | undefined> {
    try {
      return pairOf(await this.#patiently(WHO, () => this.#store.get(this.#prefix + name)));
    } catch (error) {
      throw failed('read, so it is not known who is signed in. Nothing was sent', error);
    }
  }

  write(name: string, tokens: TokenPair): Promise<void> {
    return this.#change(
      () => this.#store.set(this.#prefix + name, tokens),
      'write, so the tokens are known here only',
    );
  }

  delete(name: string): Promise<void> {
    return this.#change(
      () => this.#store.delete(this.#prefix + name),
      'delete, so the tokens may still be in it. Here they are forgotten',
    );
  }

  async #change(work: () => unknown, what: string): Promise<void> {
    const change = this.#lastChange.then(work);
    this.#lastChange = change.catch(() => {});
    try {
      await this.#patiently(WHO, () => change);
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
  const checked = check(stored, value);
  if ('issues' in checked)
    throw new TypeError(`it holds something other than tokens: ${inWords(checked.issues)}`);
  if (!checked.value) return undefined;
  const { accessToken, refreshToken, expiresAt } = checked.value;
  return { accessToken, ...(refreshToken && { refreshToken }), ...(expiresAt && { expiresAt }) };
}
