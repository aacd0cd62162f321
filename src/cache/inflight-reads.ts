import { LightAbortController, onAbort, raceAbort } from '../core/abort.js';
import type { Call } from '../core/call.js';
import { createProgress, isLost, renewLease } from '../core/call.js';
import { GRACE_MS } from '../core/shared-work.js';
import { MAX_TIMER_MS, startTimeout } from '../core/timers.js';
import type { CachedValue } from './cached-value.js';
import { joinTimeoutError, maxJoinWaitMs, shouldLoadAlone } from './join-policy.js';
import type { LoadResult, TagVersions } from './types.js';
import type { FenceTicket, WriteFence } from './write-fence.js';

/** The result of a read, for the caller that started it and those that joined it. */
export interface ReadResult {
  /** Returned to the caller that started the read. */
  readonly loadResult: LoadResult<unknown>;
  /** Copied for every caller that joined the read. */
  readonly value: CachedValue;
  readonly source: 'network' | 'revalidated';
}

/** A read that needs a request. */
export interface PendingRead {
  readonly key: string;
  readonly call: Call;
  readonly tags: readonly string[];
  /** Versions of the tags before the request. Undefined without a shared store. */
  readonly versions: TagVersions | undefined;
  /** The longest TTL that a waiting caller sets, in milliseconds. */
  readonly ttl: { ms: number };
}

/** Sends the request with a call whose signal and deadline all waiting callers share. */
type SendRead = (call: Call, ticket: FenceTicket) => Promise<ReadResult>;

interface InflightRead extends PendingRead {
  readonly result: Promise<ReadResult>;
  readonly controller: LightAbortController;
  readonly deadline: { expiresAt: number };
  readonly ticket: FenceTicket;
  waiters: number;
  isPending: boolean;
}

/** Whether all old versions are still current. */
export const areVersionsUnchanged = (
  oldVersions: TagVersions | undefined,
  currentVersions: TagVersions | undefined,
): boolean =>
  oldVersions === undefined || currentVersions === undefined
    ? oldVersions === currentVersions
    : Object.entries(oldVersions).every(([tag, version]) => currentVersions[tag] === version);

/**
 * Deduplicates identical reads. A shared read is aborted only after all its callers have left.
 *
 * No caller joins a read whose call is lost, or waits for it any longer: see {@link renewLease}.
 */
export class InflightReads {
  readonly #fence: WriteFence;
  readonly #reads = new Map<string, InflightRead>();
  /** Background revalidations, which run without a waiting caller. */
  readonly #revalidations = new Set<InflightRead>();

  constructor(fence: WriteFence) {
    this.#fence = fence;
  }

  /** Returns a read to join: one in flight that is current and started with the same tag versions. */
  find(key: string, versions: TagVersions | undefined): InflightRead | undefined {
    const read = this.#findCurrent(key);
    return read && areVersionsUnchanged(read.versions, versions) ? read : undefined;
  }

  start(pendingRead: PendingRead, send: SendRead): InflightRead {
    const { key, call } = pendingRead;
    const controller = new LightAbortController();
    const deadline = { expiresAt: call.deadline.expiresAt };
    const ticket = this.#fence.issue();
    renewLease(call);
    const result = send({ ...call, signal: controller, deadline }, ticket);
    const read = { ...pendingRead, result, controller, deadline, ticket, waiters: 0, isPending: true };
    this.#forgetLostReads();
    this.#reads.set(key, read);
    const onEnd = () => this.#remove(read);
    result.then(onEnd, onEnd); // also prevents an unhandled rejection if all callers have aborted
    return read;
  }

  /** Waits for a read that this call started. */
  async wait(read: InflightRead, call: Call): Promise<ReadResult> {
    this.#enter(read, call);
    try {
      return await raceAbort(read.result, call.signal);
    } finally {
      this.#leave(read, call);
    }
  }

  /**
   * Waits for a read that another call started.
   *
   * @returns `undefined` if the caller must start its own read: the other call is lost, or it failed and this one has higher
   * limits.
   * @throws {PersonaTimeoutError} after the longest time that its own attempts and their delays could take. The time starts
   * when the other call sends its first attempt. Time in the queue of the limiter does not count.
   */
  async join(read: InflightRead, { call, ttl }: PendingRead): Promise<ReadResult | undefined> {
    read.ttl.ms = Math.max(read.ttl.ms, ttl.ms);
    const maxMs = maxJoinWaitMs(call, read.call);
    let endsAt = performance.now() + maxMs;
    this.#enter(read, call);
    try {
      let result = await awaitRead(read, call, endsAt);
      for (let now = performance.now(); !result && now >= endsAt; now = performance.now()) {
        endsAt = (read.call.progress.sentAt ?? now) + maxMs;
        if (now >= endsAt) throw joinTimeoutError(call, maxMs);
        result = await awaitRead(read, call, endsAt);
      }
      return result;
    } catch (error) {
      if (performance.now() >= endsAt || !shouldLoadAlone(call, read.call, error)) throw error;
      this.#remove(read);
      return undefined;
    } finally {
      this.#leave(read, call);
    }
  }

  /** Extends the deadline of a read to the latest deadline of its callers. */
  #enter(read: InflightRead, { deadline }: Call): void {
    read.waiters++;
    read.deadline.expiresAt = Math.max(read.deadline.expiresAt, deadline.expiresAt);
  }

  /** Aborts a read when its last caller leaves. */
  #leave(read: InflightRead, { signal }: Call): void {
    if (--read.waiters > 0 || !read.isPending) return;
    this.#remove(read);
    read.controller.abort(signal.reason ?? new Error('all callers have left'));
  }

  /** Starts a read in the background, unless an identical one is in flight. */
  revalidate(pendingRead: PendingRead, send: SendRead): void {
    if (this.#findCurrent(pendingRead.key)) return;
    const { call } = pendingRead;
    const read = this.start({ ...pendingRead, call: { ...call, progress: createProgress() } }, send);
    this.#revalidations.add(read);
  }

  close(): void {
    for (const { controller } of this.#revalidations) controller.abort(new Error('the client was closed'));
    this.#reads.clear();
  }

  #findCurrent(key: string): InflightRead | undefined {
    const read = this.#reads.get(key);
    return read && !isLost(read.call) && this.#fence.isCurrent(read.ticket, read.tags) ? read : undefined;
  }

  /** Forgets lost reads that no later read has replaced. The oldest one is first. */
  #forgetLostReads(): void {
    for (const [key, read] of this.#reads) {
      if (!isLost(read.call)) break;
      this.#reads.delete(key);
      this.#revalidations.delete(read);
    }
  }

  #remove(read: InflightRead): void {
    read.isPending = false;
    this.#revalidations.delete(read);
    if (this.#reads.get(read.key) === read) this.#reads.delete(read.key);
  }
}

/** Waits for the result of a read until a time, by `performance.now()`. Resolves with `undefined` earlier if its call is lost. */
const awaitRead = (read: InflightRead, call: Call, until: number): Promise<ReadResult | undefined> =>
  new Promise((resolve, reject) => {
    let stopTimeout = () => {};
    let unsubscribe = () => {};
    const end = () => {
      stopTimeout();
      unsubscribe();
    };
    const startTimer = () => {
      const now = performance.now();
      const waitMs = Math.min(read.call.progress.leaseExpiresAt + GRACE_MS, until, now + MAX_TIMER_MS) - now;
      if (waitMs > 0) {
        stopTimeout = startTimeout(waitMs, startTimer);
        return;
      }
      end();
      resolve(undefined);
    };
    startTimer();
    unsubscribe = onAbort(call.signal, (reason) => {
      end();
      reject(reason);
    });
    read.result.then(resolve, reject).finally(end);
  });
