import { LightAbortController, raceAbort } from '../core/abort.js';
import type { Call } from '../core/call.js';
import { createProgress } from '../core/call.js';
import type { CachedValue } from './cached-value.js';
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
}

/** Sends the request with a call whose signal and deadline all waiting callers share. */
type SendRead = (call: Call, ticket: FenceTicket) => Promise<ReadResult>;

interface InflightRead extends PendingRead {
  readonly result: Promise<ReadResult>;
  readonly controller: LightAbortController;
  readonly deadline: { expiresAt: number };
  readonly ticket: FenceTicket;
  waiters: number;
}

/** Whether all old versions are still current. */
export const areVersionsUnchanged = (
  oldVersions: TagVersions | undefined,
  currentVersions: TagVersions | undefined,
): boolean =>
  oldVersions === undefined || currentVersions === undefined
    ? oldVersions === currentVersions
    : Object.entries(oldVersions).every(([tag, version]) => currentVersions[tag] === version);

/** Whether a caller that joined a read allows more time or attempts than the call that started it. */
export const hasHigherLimits = (joined: Call, { call }: InflightRead): boolean =>
  joined.retry.limit > call.retry.limit ||
  joined.timeoutMs > call.timeoutMs ||
  deadlineMs(joined) > deadlineMs(call);

const deadlineMs = ({ deadline, startedAt }: Call): number => Math.round(deadline.expiresAt - startedAt);

/** Deduplicates identical reads. A shared read is aborted only after all its callers have aborted. */
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

  start({ key, call, tags, versions }: PendingRead, send: SendRead): InflightRead {
    const controller = new LightAbortController();
    const deadline = { expiresAt: call.deadline.expiresAt };
    const ticket = this.#fence.issue();
    const result = send({ ...call, signal: controller, deadline }, ticket);
    const read: InflightRead = {
      key,
      call,
      tags,
      versions,
      result,
      controller,
      deadline,
      ticket,
      waiters: 0,
    };
    this.#reads.set(key, read);
    const onEnd = () => this.#remove(read);
    result.then(onEnd, onEnd); // also prevents an unhandled rejection if all callers have aborted
    return read;
  }

  /** Waits for a shared read. Extends its deadline to the latest deadline of its callers. */
  async wait(read: InflightRead, call: Call): Promise<ReadResult> {
    read.waiters++;
    read.deadline.expiresAt = Math.max(read.deadline.expiresAt, call.deadline.expiresAt);
    try {
      return await raceAbort(read.result, call.signal);
    } finally {
      if (--read.waiters === 0 && call.signal.aborted) {
        this.#remove(read);
        read.controller.abort(call.signal.reason);
      }
    }
  }

  /** Starts a read in the background, unless an identical one is in flight. */
  revalidate(pendingRead: PendingRead, send: SendRead): void {
    if (this.#findCurrent(pendingRead.key)) return;
    const { call } = pendingRead;
    const read = this.start({ ...pendingRead, call: { ...call, progress: createProgress() } }, send);
    this.#revalidations.add(read);
    read.result.catch(() => {}).finally(() => this.#revalidations.delete(read));
  }

  close(): void {
    for (const { controller } of this.#revalidations) controller.abort(new Error('the client was closed'));
    this.#reads.clear();
  }

  #findCurrent(key: string): InflightRead | undefined {
    const read = this.#reads.get(key);
    return read && this.#fence.isCurrent(read.ticket, read.tags) ? read : undefined;
  }

  #remove(read: InflightRead): void {
    if (this.#reads.get(read.key) === read) this.#reads.delete(read.key);
  }
}
