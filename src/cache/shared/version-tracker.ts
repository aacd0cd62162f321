import { deleteOldest } from '../../core/delete-oldest.js';
import type { TagVersions } from '../types.js';
import { RETRY_INTERVAL_MS } from './guard.js';
import { getMany, type StoreClient } from './store-client.js';

/** TTL of versions in the store. Expiry is safe: entries with an expired version become unusable. */
const VERSION_TTL_MS = 7 * 24 * 3_600_000;
/** Maximum number of tags whose writes this process remembers. */
const MAX_LOCAL_WRITES = 10_000;
/** A longer value is not a version. */
const MAX_VERSION_LENGTH = 100;
/** Maximum number of versions to publish at the same time. */
const BATCH_SIZE = 100;

/** A write by this process. */
interface LocalWrite {
  /** Time after which the write cannot take effect anymore, by `Date.now()`. Versions up to that time are outdated. */
  readonly settledAt: number;
  /** The version that this process published after that time. Before that, a placeholder that the store never returns. */
  version: string;
}

/** If a timer is overdue by more than this, a runtime has dropped it. */
const MAX_TIMER_DELAY_MS = 2_000;

const versionTimestamp = (version: string) => Number.parseInt(version, 10);

export const versionName = (tag: string) => `tag ${tag}`;

/**
 * The versions of tags in the store. A write gives its tags new versions, which invalidates entries with the old ones.
 *
 * Remembers the writes of this process, because the store may lose or roll back versions.
 */
export class VersionTracker {
  readonly #client: StoreClient;
  readonly #randomId: () => string;
  readonly #localWrites = new Map<string, LocalWrite>();
  /** Tags to publish a new version for, each with its due time by `Date.now()`. */
  readonly #pending = new Map<string, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** By `Date.now()`. */
  #timerDueAt = 0;
  #isClosed = false;

  constructor(client: StoreClient, randomId: () => string) {
    this.#client = client;
    this.#randomId = randomId;
  }

  /** Creates a version. It starts with a time, so a process can compare versions of other processes with its own writes. */
  #createVersion(timestamp: number): string {
    return `${timestamp}.${this.#randomId()}`;
  }

  /**
   * Publishes new versions of the tags of a write.
   *
   * Unless `lateWriteWindowMs` is 0, publishes newer ones after that time, because the write may take effect until then.
   */
  async invalidate(tags: readonly string[], lateWriteWindowMs: number): Promise<void> {
    const now = Date.now();
    const settledAt = now + lateWriteWindowMs;
    for (const tag of tags) {
      this.#localWrites.delete(tag); // moves the tag to the end of the insertion order
      this.#localWrites.set(tag, { settledAt, version: this.#createVersion(settledAt) });
      if (lateWriteWindowMs > 0) this.#pending.set(tag, settledAt);
    }
    deleteOldest(this.#localWrites, MAX_LOCAL_WRITES);
    await this.#publishVersions(tags, now, true);
  }

  /**
   * Checks the versions that the store returned. Publishes new versions for tags whose version is missing or outdated.
   *
   * @returns undefined if publishing fails, or while a write by this process may still take effect.
   */
  async verify(
    tags: readonly string[],
    storeVersions: readonly (string | undefined)[],
  ): Promise<TagVersions | undefined> {
    this.#schedule();
    const versions: Record<string, string> = {};
    const missingTags: string[] = [];
    const outdatedTags: string[] = [];
    for (const [index, tag] of tags.entries()) {
      const version = storeVersions[index];
      const write = this.#localWrites.get(tag);
      if (version === undefined || version.length > MAX_VERSION_LENGTH) missingTags.push(tag);
      else if (write && version !== write.version && versionTimestamp(version) <= write.settledAt)
        outdatedTags.push(tag);
      else versions[tag] = version;
    }
    const now = Date.now();
    const isSettled = (tag: string) => (this.#localWrites.get(tag)?.settledAt ?? 0) <= now;
    const tagsToPublish = [...missingTags, ...outdatedTags].filter(isSettled);
    if (tagsToPublish.length + Object.keys(versions).length < tags.length) return undefined;
    if (tagsToPublish.length > 0) {
      const newVersions = await this.#publishVersions(tagsToPublish, now);
      if (!newVersions) return undefined;
      Object.assign(versions, newVersions);
    }
    return versions;
  }

  /** Publishes versions for all settled writes again, because a store that recovers may return older versions. */
  republish(): void {
    const now = Date.now();
    for (const [tag, { settledAt }] of this.#localWrites) if (settledAt <= now) this.#pending.set(tag, now);
    this.#schedule();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#pending.clear();
  }

  /**
   * Writes new versions and reads them back, since some stores swallow errors.
   *
   * If the store does not return the version of a local write, the tag becomes pending again.
   *
   * @returns the versions that this call wrote. Undefined unless the store returns this version, or a newer one, for
   * every tag.
   */
  async #publishVersions(
    tags: readonly string[],
    now: number,
    isUrgent = false,
  ): Promise<TagVersions | undefined> {
    const storeKeys = await this.#client.toStoreKeys(tags.map(versionName));
    const versions = tags.map(() => this.#createVersion(now));
    for (const [index, tag] of tags.entries()) {
      const write = this.#localWrites.get(tag);
      if (write && write.settledAt <= now) write.version = versions[index] ?? '';
    }
    const result = await this.#client.run(async (store) => {
      await Promise.all(
        storeKeys.map((storeKey, index) => store.set(storeKey, versions[index] ?? '', VERSION_TTL_MS)),
      );
      const storeVersions = await getMany(store, storeKeys);
      if (storeVersions.every((version) => version !== undefined)) return storeVersions;
      throw new Error('the store did not store the versions');
    }, isUrgent);
    let areAllPublished = true;
    for (const [index, tag] of tags.entries()) {
      const storeVersion = result?.value[index];
      const isNewer = storeVersion !== undefined && versionTimestamp(storeVersion) > now; // by another process
      const isPublished = storeVersion === versions[index] || isNewer;
      areAllPublished &&= isPublished;
      const write = this.#localWrites.get(tag);
      if (!isPublished && write)
        this.#pending.set(tag, Math.max(write.settledAt, Date.now() + RETRY_INTERVAL_MS));
      if (isPublished && (this.#pending.get(tag) ?? 0) <= now) this.#pending.delete(tag);
    }
    this.#schedule();
    if (!areAllPublished) return undefined;
    return Object.fromEntries(tags.map((tag, index) => [tag, versions[index] ?? '']));
  }

  /** Starts the timer, even if a runtime has dropped the timer of an earlier call. */
  #schedule(): void {
    if (this.#pending.size === 0 || this.#isClosed) return;
    const now = Date.now();
    if (this.#timer !== undefined && now < this.#timerDueAt + MAX_TIMER_DELAY_MS) return;
    clearTimeout(this.#timer);
    const delayMs = Math.max(0, Math.min(...this.#pending.values()) - now);
    this.#timerDueAt = now + delayMs;
    this.#timer = setTimeout(() => void this.#publishPending(), delayMs);
    (this.#timer as { unref?: () => void }).unref?.(); // does not keep the process alive
  }

  async #publishPending(): Promise<void> {
    const now = Date.now();
    const tags = [...this.#pending].filter(([, dueAt]) => dueAt <= now).map(([tag]) => tag);
    for (let start = 0; start < tags.length && !this.#isClosed; start += BATCH_SIZE)
      await this.#publishVersions(tags.slice(start, start + BATCH_SIZE), now);
    this.#timer = undefined;
    this.#schedule();
  }
}
