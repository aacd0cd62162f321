import { LightAbortController, raceAbort } from '../core/abort.js';
import { type Call, isLost, renewLease } from '../core/call.js';
import type { CallLimits } from '../core/call-limits.js';
import { createProgress, raisePriority } from '../core/call-progress.js';
import { deleteOldest } from '../core/delete-oldest.js';
import { copyForCaller, PersonaError } from '../core/errors/index.js';
import { monotonicNow } from '../core/monotonic-now.js';
import { raceTimeout } from '../core/timers.js';
import { awaitRead } from './await-read.js';
import { shouldLoadAlone } from './join-policy.js';
import type { PendingRead, ReadResult } from './pending-read.js';
import { areVersionsUnchanged } from './tag-versions.js';
import type { TagVersions } from './types.js';
import type { FenceTicket, WriteFence } from './write-fence.js';

const SWEEP_INTERVAL_MS = 1_000;
/** Limits the memory for the keys of lost revalidations. */
const MAX_LOST_KEYS = 1_000;

/** Sends the request of a read with a call whose signal and deadline all waiting callers share. */
type SendRead<Read> = (read: Read, call: Call, ticket: FenceTicket) => Promise<ReadResult>;

/** A read in progress. */
export interface InflightRead {
  readonly pending: PendingRead;
  /** The call that started the read. */
  readonly call: Call;
  readonly result: Promise<ReadResult>;
  readonly controller: LightAbortController;
  readonly deadline: { expiresAt: number };
  readonly ticket: FenceTicket;
  waiters: number;
  isPending: boolean;
}

/**
 * Deduplicates identical reads. A shared read is aborted only after all its callers have left.
 *
 * No caller joins a read whose call is lost, or waits for it any longer: see {@link renewLease}.
 */
export class InflightReads<Read extends PendingRead> {
  readonly #fence: WriteFence;
  readonly #send: SendRead<Read>;
  readonly #revalidationLimits: CallLimits;
  readonly #reads = new Map<string, InflightRead>();
  /** By `monotonicNow()`. */
  #nextSweepAt = 0;
  /** Background revalidations, which run without a waiting caller. */
  readonly #revalidations = new Set<InflightRead>();
  /** Keys whose last revalidation was lost. */
  readonly #lostKeys = new Set<string>();

  /** @param revalidationLimits apply to revalidations, regardless of the options of the call that received the stale entry. */
  constructor(fence: WriteFence, revalidationLimits: CallLimits, send: SendRead<Read>) {
    this.#fence = fence;
    this.#revalidationLimits = revalidationLimits;
    this.#send = send;
  }

  /** Returns a read to join: one in flight that is current and started with the same tag versions. */
  find(key: string, versions: TagVersions | undefined): InflightRead | undefined {
    const read = this.#findCurrent(key);
    return read && areVersionsUnchanged(read.pending.versions, versions) ? read : undefined;
  }

  start(pending: Read): InflightRead {
    const { key, call } = pending;
    const controller = new LightAbortController();
    const deadline = { expiresAt: call.deadline.expiresAt };
    const ticket = this.#fence.issue();
    renewLease(call);
    const result = this.#send(pending, { ...call, signal: controller, deadline }, ticket);
    const read = { pending, call, result, controller, deadline, ticket, waiters: 0, isPending: true };
    this.#forgetLostReads();
    this.#reads.set(key, read);
    const onEnd = () => this.#remove(read);
    result.then(onEnd, onEnd); // also prevents an unhandled rejection if all callers have aborted
    return read;
  }

  /** Waits for a read that this call started. */
  wait(read: InflightRead, call: Call): Promise<ReadResult> {
    this.#enter(read, call);
    // Not `finally`: it takes more microtasks, so the callers that joined the read would receive the result first.
    return raceAbort(read.result, call.signal).then(
      (result) => {
        this.#leave(read, call);
        return result;
      },
      (error: unknown) => {
        this.#leave(read, call);
        throw error;
      },
    );
  }

  /**
   * Waits for a read that another call started, within the caller's own limits. These limits ignore the time in the queue of the
   * limiter, and the time that the service demands between attempts. If the caller is interactive, the read becomes interactive.
   *
   * @returns `undefined` if the caller must start its own read: the other call is lost, or its failure does not apply to this
   * caller.
   * @throws {PersonaError} the last error of the read after as many attempts as the caller allows.
   * @throws {PersonaTimeoutError} after the longest time that the caller's own attempts and backoff could take.
   */
  join(read: InflightRead, { call, ttlMs }: PendingRead): Promise<ReadResult | undefined> {
    const { pending } = read;
    pending.ttlMs = Math.max(pending.ttlMs, ttlMs);
    if (call.progress.priority === 'interactive') raisePriority(read.call.progress);
    this.#enter(read, call);
    return awaitRead(read, call).then(
      (outcome) => {
        this.#leave(read, call);
        if (outcome instanceof PersonaError) throw outcome;
        return outcome;
      },
      (error: unknown) => {
        const isAlone = shouldLoadAlone(call, read.call, error);
        if (isAlone) this.#remove(read);
        this.#leave(read, call);
        if (isAlone) return undefined;
        throw copyForCaller(error);
      },
    );
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

  /**
   * Starts a read in the background. Starts none if an identical read is in flight, or if the last background read was lost. Callers
   * may join the read and leave it.
   *
   * @returns `false` if the last background read was lost. Then the caller must send its own read, because some runtimes drop
   * background reads.
   */
  revalidate(pending: Read): boolean {
    if (this.#findCurrent(pending.key)) return true;
    const last = this.#reads.get(pending.key);
    if (last && isLost(last.call)) this.#forgetLost(last);
    if (this.#lostKeys.delete(pending.key)) return false;
    const { timeoutMs, deadlineMs, retry } = this.#revalidationLimits;
    const startedAt = monotonicNow();
    const deadline = { expiresAt: startedAt + deadlineMs };
    const progress = createProgress('background');
    const call = { ...pending.call, timeoutMs, retry, startedAt, deadline, progress };
    const read = this.start({ ...pending, call });
    this.#enter(read, call);
    this.#revalidations.add(read);
    const onDeadline = () => this.#leave(read, call);
    raceTimeout<unknown>(read.result, deadlineMs, onDeadline, read.controller).catch(() => {});
    return true;
  }

  close(): void {
    for (const { controller } of this.#revalidations) controller.abort(new Error('the client was closed'));
    this.#reads.clear();
  }

  #findCurrent(key: string): InflightRead | undefined {
    const read = this.#reads.get(key);
    return read && !isLost(read.call) && this.#fence.isCurrent(read.ticket, read.pending.tags)
      ? read
      : undefined;
  }

  /** Forgets lost reads that no later read has replaced. Runs at intervals, because it scans all reads. */
  #forgetLostReads(): void {
    const now = monotonicNow();
    if (now < this.#nextSweepAt) return;
    this.#nextSweepAt = now + SWEEP_INTERVAL_MS;
    for (const read of this.#reads.values()) if (isLost(read.call)) this.#forgetLost(read);
  }

  /** Forgets the lost read, which must be the last one with its key. */
  #forgetLost(read: InflightRead): void {
    const { key } = read.pending;
    if (this.#revalidations.delete(read)) this.#lostKeys.add(key);
    deleteOldest(this.#lostKeys, MAX_LOST_KEYS);
    this.#reads.delete(key);
  }

  #remove(read: InflightRead): void {
    read.isPending = false;
    this.#revalidations.delete(read);
    const { key } = read.pending;
    this.#lostKeys.delete(key);
    if (this.#reads.get(key) === read) this.#reads.delete(key);
  }
}
