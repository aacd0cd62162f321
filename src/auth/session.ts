import type { AuthOptions, Credentials, TokenPair } from '../config/auth-options.js';
import type { ResolvedOptions } from '../config/resolve-options.js';
import { type AbortSignalLike, onAbort, raceAbort } from '../core/abort.js';
import type { Bearer, TokenProvider } from '../core/call.js';
import { PersonaAuthenticationError } from '../core/errors/index.js';
import type { Events } from '../core/events.js';
import { configured, identityOf } from './identity.js';
import { subjectOf } from './jwt.js';
import type { AuthRequests } from './requests.js';
import { withTimeout } from './time-limit.js';
import { TokenExpiry } from './token-expiry.js';
import { given, isRefusal, passwordOf, tokenSource } from './token-source.js';
import { type LockedEntry, TokenStoreAdapter } from './token-store-adapter.js';

interface SessionParts {
  readonly options: ResolvedOptions;
  readonly requests: AuthRequests;
  readonly events: Events;
  /** Aborts when the client is closed. */
  readonly closing: AbortSignalLike;
  /** Aborts when this identity's view is closed; what others share with it goes on. */
  readonly viewClosing: AbortSignalLike;
  /** Nothing that this identity has read may be served from now on. */
  readonly forget: (identity: string) => Promise<void>;
}

/**
 * One identity's tokens: loaded, obtained, replaced, given up.
 *
 * Obtaining is done once, however many calls wait for it, and cannot be aborted by any of them.
 * What it brings is kept only if nobody signed in or out meanwhile.
 */
export class Session implements TokenProvider {
  readonly #parts: SessionParts;
  readonly #source: ReturnType<typeof tokenSource>;
  readonly #vault: TokenStoreAdapter | undefined;
  #auth: AuthOptions | undefined;
  #identity: string;
  /** Under which the tokens are stored; without one they are not. */
  #name: string | undefined;
  #tokens: TokenPair | undefined;
  #term: TokenExpiry | undefined;
  /** The access token in the store, as far as it is known here. */
  #stored: string | undefined;
  #unfollow = () => {};
  #loaded = false;
  #loading: Promise<void> | undefined;
  #obtaining: Promise<TokenPair | undefined> | undefined;
  /** The service refused the password: not to be tried again with every call. */
  #refusal: PersonaAuthenticationError | undefined;
  /** Counts who was signed in: what was begun for one is not kept for the next. */
  #epoch = 0;
  /** Counts what the application asked for: of several logins the last one holds, and none after a logout. */
  #asked = 0;

  constructor(parts: SessionParts) {
    const { options, requests, events, closing } = parts;
    const { baseUrl, tokenStore } = options;
    this.#parts = parts;
    const patiently = withTimeout(options.timeoutMs, closing);
    this.#source = tokenSource({ requests, events, patiently });
    this.#vault = tokenStore && new TokenStoreAdapter(tokenStore, `persona-client:${baseUrl}:`, patiently);
    this.#auth = options.auth;
    this.#identity = identityOf(options, configured(options));
    this.#name = configuredName(options);
  }

  get identity(): string {
    return this.#identity;
  }

  current(signal: AbortSignalLike): Promise<Bearer> | Bearer {
    const isNobody = !this.#auth && !this.#refusal;
    const isAtHand = this.#loaded && (this.#tokens ? !this.#term?.shouldRefresh : isNobody);
    return isAtHand ? this.#bearer : this.#obtained(signal);
  }

  async replace(refused: string | undefined, signal: AbortSignalLike): Promise<Bearer> {
    if (!this.#loaded) await raceAbort(this.#load(), signal);
    const isRefused = !this.#tokens || this.#tokens.accessToken === refused;
    if (isRefused) await raceAbort(this.#obtain(), signal);
    return this.#bearer;
  }

  get #bearer(): Bearer {
    return { identity: this.#identity, token: this.#tokens?.accessToken };
  }

  async #obtained(signal: AbortSignalLike): Promise<Bearer> {
    if (!this.#loaded) await raceAbort(this.#load(), signal);
    const tokens = this.#tokens;
    if (tokens && (!this.#term?.shouldRefresh || !this.#canReplace(tokens))) return this.#bearer;
    if (this.#refusal) throw this.#refusal;
    if (!tokens && !this.#auth) return this.#bearer;
    let obtained: TokenPair | undefined;
    try {
      obtained = await raceAbort(this.#obtain(), signal);
    } catch (error) {
      const stillGood = tokens && tokens === this.#tokens && !this.#term?.isExpired;
      if (!stillGood || signal.aborted) throw error;
    }
    return obtained && !this.#tokens ? this.#obtained(signal) : this.#bearer; // gone again already: signed out elsewhere
  }

  async login(credentials: Credentials): Promise<void> {
    const asked = ++this.#asked;
    const tokens = await this.#source.login(credentials);
    if (asked !== this.#asked) return;
    const { options } = this.#parts;
    const auth = this.#auth;
    const isSame = auth && 'username' in auth && auth.username === credentials.username;
    const principal = isMeant(credentials.username, options) ? options.principal : undefined;
    const forgotten = this.#become(
      isSame ? auth : undefined,
      identityOf(options, principal ? { principal } : 'unknown'),
    );
    this.#name = principal ?? credentials.username;
    this.#follow();
    await this.#keep(tokens);
    await forgotten;
  }

  /** Replace the tokens now. */
  async refresh(): Promise<void> {
    await this.#load();
    const epoch = this.#epoch;
    if (await this.#obtain()) return;
    throw new PersonaAuthenticationError(
      epoch === this.#epoch
        ? 'auth.refresh: there is nothing to refresh with; sign in first. Nothing was sent.'
        : 'auth.refresh: signed out meanwhile, so what it brought was dropped.',
    );
  }

  /** Forget everything here first, then tell the service. */
  async logout(): Promise<void> {
    this.#asked++;
    const loading = this.#load();
    await loading.catch(() => {});
    const tokens = this.#tokens;
    const forgotten = this.#end('nobody');
    forgotten.catch(() => {}); // it is waited for below
    try {
      await loading; // what could not be read cannot be revoked
      if (tokens) await this.#source.logout(tokens.accessToken);
    } finally {
      await forgotten;
    }
  }

  async tokens(): Promise<TokenPair | undefined> {
    await this.#load();
    return this.#tokens;
  }

  #canReplace(tokens: TokenPair): boolean {
    return tokens.refreshToken !== undefined || (this.#auth !== undefined && !('token' in this.#auth));
  }

  async #load(): Promise<void> {
    if (this.#loaded) return;
    this.#loading ??= this.#read().finally(() => {
      this.#loading = undefined;
    });
    await this.#loading;
  }

  async #read(): Promise<void> {
    const name = this.#name;
    const stored = name === undefined ? undefined : await this.#vault?.read(name);
    if (this.#loaded) return; // signed in or out meanwhile
    this.#hold(stored ?? given(this.#auth));
    this.#stored = stored?.accessToken;
    this.#loaded = true;
    this.#follow();
  }

  /** From now on what others do under this name matters here. */
  #follow(): void {
    const { viewClosing } = this.#parts;
    const name = this.#name;
    this.#unfollow();
    if (name === undefined || !this.#vault || viewClosing.aborted) return;
    const unwatch = this.#vault.watch(name, () => {
      this.#look(name).catch(() => {}); // seen when tokens are replaced, too
    });
    const unlink = onAbort(viewClosing, unwatch);
    this.#unfollow = () => {
      unlink();
      unwatch();
    };
  }

  async #look(name: string): Promise<void> {
    const epoch = this.#epoch;
    const known = this.#stored;
    const stored = await this.#vault?.read(name);
    const isLate = epoch !== this.#epoch || known !== this.#stored || known === stored?.accessToken;
    if (!isLate && !(stored && this.#obtaining)) this.#adopt(stored); // what obtains looks for itself
  }

  /** Someone else has changed what is stored. Who has a password stays who he is, and signs in again if need be. */
  #adopt(stored: TokenPair | undefined): void {
    const before = this.#tokens;
    const password = passwordOf(this.#auth);
    const isSame =
      before && stored
        ? subjectOf(before.accessToken) === subjectOf(stored.accessToken)
        : password !== undefined;
    if (!isSame)
      this.#become(password, password ? this.#identity : this.#identityUnder(stored && this.#name));
    if (stored?.accessToken !== this.#tokens?.accessToken) this.#hold(stored);
    this.#stored = stored?.accessToken;
  }

  #obtain(): Promise<TokenPair | undefined> {
    if (this.#obtaining) return this.#obtaining;
    const obtaining = this.#next(this.#tokens).finally(() => {
      if (this.#obtaining === obtaining) this.#obtaining = undefined;
    });
    this.#obtaining = obtaining;
    return obtaining;
  }

  /** A store that is shared is looked into first: someone else may have spent the refresh token already. */
  async #next(tokens: TokenPair | undefined): Promise<TokenPair | undefined> {
    const name = this.#name;
    const isNobody = !tokens && !this.#auth;
    if (name === undefined || !this.#vault || isNobody) return this.#renew(tokens);
    const epoch = this.#epoch;
    const term = this.#term;
    const work = async (held: LockedEntry | undefined) => {
      const stored = await held?.read();
      if (epoch !== this.#epoch) return this.#tokens;
      if (!held || stored?.accessToken === this.#stored) return this.#renew(tokens, held);
      this.#adopt(stored);
      return this.#tokens && !this.#term?.shouldRefresh ? this.#tokens : this.#renew(this.#tokens, held);
    };
    return this.#vault.lock(name, work).catch((error: unknown) => {
      term?.deferRefresh();
      throw error;
    });
  }

  async #renew(tokens: TokenPair | undefined, held?: LockedEntry): Promise<TokenPair | undefined> {
    const epoch = this.#epoch;
    const term = this.#term;
    let next: TokenPair | undefined;
    try {
      next = await this.#source.next(this.#auth, tokens, () => epoch === this.#epoch);
    } catch (error) {
      term?.deferRefresh();
      if (epoch !== this.#epoch || !isRefusal(error, this.#auth)) throw error;
      const ended = this.#end('unknown', held);
      this.#refusal = error;
      await ended.catch(() => {}); // the refusal says more
      if (this.#tokens) return this.#tokens;
      throw error;
    }
    if (epoch !== this.#epoch) return this.#tokens;
    if (!next) return undefined;
    const isAnother = tokens && subjectOf(tokens.accessToken) !== subjectOf(next.accessToken);
    if (isAnother) this.#parts.forget(this.#identity);
    await this.#keep(next, held);
    return this.#tokens;
  }

  #hold(tokens: TokenPair | undefined): void {
    const isAnother = tokens?.accessToken !== this.#tokens?.accessToken;
    this.#tokens = tokens;
    if (isAnother) this.#term = tokens && new TokenExpiry(tokens);
    else this.#term?.disableRefresh();
  }

  async #keep(tokens: TokenPair, held?: LockedEntry): Promise<void> {
    const name = this.#name;
    this.#hold(tokens);
    if (name === undefined || !this.#vault) return;
    try {
      const kept = held ? await held.replace(tokens) : await this.#vault.write(name, tokens);
      const stored = kept === false ? await this.#vault.read(name) : tokens;
      if (this.#tokens === tokens) this.#adopt(stored); // else signed in or out meanwhile
    } catch {
      this.#parts.events.emit('token', { action: 'store', ok: false }); // they are good all the same, until the program ends
    }
  }

  async #end(known: 'nobody' | 'unknown', held?: LockedEntry): Promise<void> {
    const name = this.#name;
    const forgotten = this.#become(undefined, identityOf(this.#parts.options, known));
    if (name !== undefined && this.#vault) {
      const removed = held ? await held.replace(undefined) : await this.#vault.delete(name);
      const stored = removed === false ? await this.#vault.read(name) : undefined;
      if (stored && !this.#tokens && name === this.#name) this.#adopt(stored);
    }
    await forgotten;
  }

  /** Who it is whose tokens are stored under this name, or nobody. */
  #identityUnder(name: string | undefined): string {
    const { options } = this.#parts;
    const { principal } = options;
    if (name === undefined) return identityOf(options, 'nobody');
    return identityOf(options, principal !== undefined && principal === name ? { principal } : 'unknown');
  }

  /** From now on it is someone else, or nobody. */
  #become(auth: AuthOptions | undefined, identity: string): Promise<void> {
    const forgotten = this.#parts.forget(this.#identity);
    this.#identity = identity;
    this.#epoch++;
    this.#auth = auth;
    this.#hold(undefined);
    this.#stored = undefined;
    this.#loaded = true;
    this.#refusal = undefined;
    this.#obtaining = undefined;
    return forgotten;
  }
}

/** A fixed token, and one that is asked for, are had anew in every run: stored, they could only be another's. */
function configuredName({ auth, principal }: ResolvedOptions): string | undefined {
  if (auth && ('token' in auth || 'getToken' in auth)) return undefined;
  return principal ?? (auth && 'username' in auth ? auth.username : undefined);
}

/** `principal` names who is configured; where nobody is, who signs in. Others go by their own name. */
const isMeant = (username: string, { auth }: ResolvedOptions): boolean =>
  auth === undefined || ('username' in auth && auth.username === username);
