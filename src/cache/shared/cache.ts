import type { ResolvedStoreOptions } from '../../config/resolve-options.js';
import type { Entry, Seen, SharedCache, Versions } from '../types.js';
import { createSeal, type StoreCrypto } from './crypto.js';
import { StoreGuard, TRY_AGAIN_MS } from './guard.js';

/** Versions outlive what was kept in them; one that is gone only makes it unusable. */
const VERSION_MS = 7 * 24 * 3_600_000;
/** How many tags a process remembers to have written to. */
const OWN = 10_000;
/** How many of them are said again at a time. */
const AT_ONCE = 100;

/** An answer as it lies in the store, sealed: its versions in the order of its tags, its time by the clock on the wall. */
interface Stored extends Omit<Entry, 'kept' | 'order' | 'storedAt' | 'tags' | 'versions'> {
  readonly text: string;
  readonly at: number;
  readonly versions: readonly string[];
}

/** Begins with the time, so that a process knows its own writes from what was there before them. */
const newVersion = (at: number) => `${at}.${crypto.randomUUID()}`;
const timeOf = (version: string) => Number.parseInt(version, 10);

/** @param changed is told when the store fails, and when it is back. */
export async function openShared(
  rules: ResolvedStoreOptions,
  scope: string,
  changed: (ok: boolean) => void,
): Promise<SharedCache> {
  return new SharedStore(rules, await createSeal(rules.keySecret, scope), changed);
}

/**
 * Answers and the versions of their tags, in a store that other processes use as well. An answer holds as long as all its
 * tags have the versions that they had when its request began; a write gives new ones.
 */
class SharedStore implements SharedCache {
  readonly #rules: ResolvedStoreOptions;
  readonly #seal: StoreCrypto;
  readonly #patience: StoreGuard;
  /** What this process has written to, and since when: no version from before is trusted, whatever the store says. */
  readonly #own = new Map<string, { readonly at: number; version: string }>();
  /** Tags whose new version is not yet in the store, or must be put there once more, and when. */
  readonly #due = new Map<string, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(rules: ResolvedStoreOptions, seal: StoreCrypto, changed: (ok: boolean) => void) {
    this.#rules = rules;
    this.#seal = seal;
    this.#patience = new StoreGuard(rules.storeTimeoutMs, (ok) => {
      changed(ok);
      if (ok) this.#restate();
    });
  }

  async lookup(tags: readonly string[], key?: string): Promise<Seen | undefined> {
    const names = await Promise.all(
      [...tags.map(tagName), ...(key === undefined ? [] : [key])].map(this.#name),
    );
    const answer = await this.#patience.ask(() => this.#getMany(names));
    if (!answer) return undefined;
    const found = answer.value.slice(0, tags.length);
    const versions = await this.#trusted(tags, found);
    if (!versions)
      return this.#patience.isHealthy ? { versions: asShown(tags, found), isConsistent: false } : undefined;
    if (key === undefined) return { versions, isConsistent: true };
    const name = names.at(-1) ?? '';
    return {
      versions,
      isConsistent: true,
      entry: await this.#opened(name, answer.value.at(-1), tags, versions),
    };
  }

  set(
    key: string,
    { order: _, storedAt, tags, kept, ...entry }: Entry,
    versions: Versions,
    lifeMs: number,
  ): void {
    if (lifeMs < 1) return;
    const at = Date.now() - (performance.now() - storedAt);
    const stored: Stored = {
      ...entry,
      text: kept.text,
      at,
      versions: tags.map((tag) => versions[tag] ?? ''),
    };
    void this.#name(key).then(async (name) => {
      const sealed = await this.#seal.close(name, JSON.stringify(stored));
      await this.#patience.ask(() => this.#rules.store.set(name, sealed, Math.floor(lifeMs)));
    });
  }

  delete(key: string): void {
    void this.#name(key).then((name) => this.#patience.ask(() => this.#rules.store.delete(name)));
  }

  async invalidate(tags: readonly string[], lateWriteWindowMs: number): Promise<void> {
    const now = Date.now();
    const at = now + lateWriteWindowMs;
    for (const tag of tags) {
      this.#own.delete(tag); // to stand last again
      this.#own.set(tag, { at, version: newVersion(at) });
      if (lateWriteWindowMs > 0) this.#due.set(tag, at);
      for (const [oldest] of this.#own) if (this.#own.size > OWN) this.#own.delete(oldest);
    }
    await this.#state(tags, now, true);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#due.clear();
  }

  readonly #name = async (text: string): Promise<string> =>
    `${this.#rules.namespace}:${await this.#seal.name(text)}`;

  async #getMany(names: string[]): Promise<readonly unknown[]> {
    const { store } = this.#rules;
    return store.getMany ? store.getMany(names) : Promise.all(names.map((name) => store.get(name)));
  }

  /** The versions as found, with new ones for tags that have none; nothing where one is from before a write of our own. */
  async #trusted(tags: readonly string[], found: readonly unknown[]): Promise<Versions | undefined> {
    const versions: Record<string, string> = {};
    const missing: string[] = [];
    const outdated: string[] = [];
    for (const [index, tag] of tags.entries()) {
      const version = found[index];
      const own = this.#own.get(tag);
      if (typeof version !== 'string') missing.push(tag);
      else if (own && version !== own.version && timeOf(version) <= own.at) outdated.push(tag);
      else versions[tag] = version;
    }
    const now = Date.now();
    const isLanding = (tag: string) => (this.#own.get(tag)?.at ?? 0) > now;
    const toState = [...missing, ...outdated].filter((tag) => !isLanding(tag));
    if (toState.length + Object.keys(versions).length < tags.length) return undefined;
    if (toState.length > 0) {
      const stated = await this.#state(toState, now);
      if (!stated) return undefined;
      Object.assign(versions, stated);
    }
    return versions;
  }

  /**
   * Give the tags new versions, and read them back: stores swallow errors. Those of our own writes that the store does not
   * show are due again.
   */
  async #state(tags: readonly string[], now: number, isWrite = false): Promise<Versions | undefined> {
    const names = await Promise.all(tags.map(tagName).map(this.#name));
    const versions = tags.map(() => newVersion(now));
    for (const [index, tag] of tags.entries()) {
      const own = this.#own.get(tag);
      if (own && own.at <= now) own.version = versions[index] ?? '';
    }
    const { store } = this.#rules;
    const answer = await this.#patience.ask(async () => {
      await Promise.all(names.map((name, index) => store.set(name, versions[index] ?? '', VERSION_MS)));
      const shown = await this.#getMany(names);
      if (shown.every((version) => typeof version === 'string')) return shown;
      throw new Error('the store did not take it');
    }, isWrite);
    let isDone = true;
    for (const [index, tag] of tags.entries()) {
      const shown = answer?.value[index];
      const isShown = shown === versions[index] || (typeof shown === 'string' && timeOf(shown) > now); // or a later one
      isDone &&= isShown;
      const own = this.#own.get(tag);
      if (!isShown && own) this.#due.set(tag, Math.max(own.at, Date.now() + TRY_AGAIN_MS));
      if (isShown && (this.#due.get(tag) ?? 0) <= now) this.#due.delete(tag);
    }
    this.#arm();
    return isDone ? Object.fromEntries(tags.map((tag, index) => [tag, versions[index] ?? ''])) : undefined;
  }

  /** The store is back, perhaps with what it held some time ago: say again what was written to. */
  #restate(): void {
    const now = Date.now();
    for (const [tag, { at }] of this.#own) if (at <= now) this.#due.set(tag, now);
    this.#arm();
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#due.size === 0 || this.#isClosed) return;
    const waitMs = Math.max(0, Math.min(...this.#due.values()) - Date.now());
    this.#timer = setTimeout(() => void this.#settle(), waitMs);
    (this.#timer as { unref?: () => void }).unref?.(); // for this alone no process stays
  }

  async #settle(): Promise<void> {
    const now = Date.now();
    const tags = [...this.#due].filter(([, at]) => at <= now).map(([tag]) => tag);
    for (let at = 0; at < tags.length && !this.#isClosed; at += AT_ONCE)
      await this.#state(tags.slice(at, at + AT_ONCE), now);
    this.#timer = undefined;
    this.#arm();
  }

  async #opened(
    name: string,
    sealed: unknown,
    tags: readonly string[],
    versions: Versions,
  ): Promise<Seen['entry']> {
    const text = await this.#seal.open(name, sealed);
    if (text === undefined) return undefined;
    const { at, versions: then, ...entry } = JSON.parse(text) as Stored;
    if (tags.some((tag, index) => versions[tag] !== then[index])) return undefined;
    return { ...entry, storedAt: performance.now() - Math.max(0, Date.now() - at) };
  }
}

const asShown = (tags: readonly string[], found: readonly unknown[]): Versions =>
  Object.fromEntries(tags.map((tag, index) => [tag, String(found[index] ?? '')]));

const tagName = (tag: string) => `tag ${tag}`;
