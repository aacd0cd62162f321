import { monotonicNow } from '../core/monotonic-now.js';
/** Position of a request in the order in which requests start and writes end. */
export interface FenceTicket {
  readonly sequence: number;
  /** By `monotonicNow()`, because setting the wall clock forward must not end a late-write window early. */
  readonly startedAt: number;
}

/** Limits the memory for invalidated tags. Two generations of tags exist at a time. */
const MAX_TAGS_PER_GENERATION = 4_000;

/**
 * Decides whether a response is still current.
 *
 * A response is outdated if its request started before a write to the same tag ended. A write that may still take effect
 * counts as ended only after its late-write window.
 *
 * Starts of requests and ends of writes share one sequence, so their cost does not grow with the number in progress.
 */
export class WriteFence {
  /** The sequence number of the last invalidation, by tag. */
  #invalidatedAt = new Map<string, number>();
  #previousGeneration = this.#invalidatedAt;
  /** The fence has discarded tags up to this number, so it treats earlier requests as outdated. */
  #discardedUpTo = 0;
  #generationStart = 0;
  /** When the late-write window of a tag ends, by `monotonicNow()`. The oldest entry is first. */
  readonly #lateWriteEndsAt = new Map<string, number>();
  #sequence = 0;

  /** Issues the ticket of a request. Call when the request starts. */
  issue(): FenceTicket {
    return { sequence: ++this.#sequence, startedAt: monotonicNow() };
  }

  /**
   * Marks responses with these tags as outdated. Call when a write ends.
   *
   * @param lateWriteWindowMs time in which the write may still take effect. 0 if its effect is certain.
   */
  invalidate(tags: readonly string[], lateWriteWindowMs: number): void {
    const sequence = ++this.#sequence;
    if (this.#invalidatedAt.size >= MAX_TAGS_PER_GENERATION) this.#startGeneration(sequence);
    for (const tag of tags) this.#invalidatedAt.set(tag, sequence);
    if (lateWriteWindowMs > 0) this.#openLateWriteWindow(tags, lateWriteWindowMs);
  }

  /** Returns whether no write with one of these tags has ended since the request started. */
  isCurrent({ sequence }: FenceTicket, tags: readonly string[]): boolean {
    return sequence >= this.#discardedUpTo && tags.every((tag) => this.#lastInvalidation(tag) <= sequence);
  }

  /** Returns whether a response is current, and its request started outside the late-write windows of these tags. */
  mayStore(ticket: FenceTicket, tags: readonly string[]): boolean {
    return (
      this.isCurrent(ticket, tags) &&
      tags.every((tag) => ticket.startedAt > (this.#lateWriteEndsAt.get(tag) ?? Number.NEGATIVE_INFINITY))
    );
  }

  #lastInvalidation(tag: string): number {
    return this.#invalidatedAt.get(tag) ?? this.#previousGeneration.get(tag) ?? 0;
  }

  #startGeneration(sequence: number): void {
    this.#discardedUpTo = this.#generationStart;
    this.#generationStart = sequence;
    this.#previousGeneration = this.#invalidatedAt;
    this.#invalidatedAt = new Map();
  }

  #openLateWriteWindow(tags: readonly string[], lateWriteWindowMs: number): void {
    const now = monotonicNow();
    for (const [tag, endsAt] of this.#lateWriteEndsAt) {
      if (endsAt >= now) break;
      this.#lateWriteEndsAt.delete(tag);
    }
    for (const tag of tags) {
      this.#lateWriteEndsAt.delete(tag); // move to the end of the insertion order
      this.#lateWriteEndsAt.set(tag, now + lateWriteWindowMs);
    }
  }
}
