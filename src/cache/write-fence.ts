/** A request in progress. Its response may be stored unless one of its tags is invalidated first. */
export interface FenceTicket {
  /** Start order of the requests. */
  readonly sequence: number;
  /** By `performance.now()`. */
  readonly startedAt: number;
  invalidatedTags: Set<string> | undefined;
}

/**
 * Decides whether a response may be stored.
 *
 * A response is outdated if its request started before a write to the same tag ended. A write
 * that may still take effect counts as ended only after its late-write window.
 */
export class WriteFence {
  readonly #openTickets = new Set<FenceTicket>();
  /** When the late-write window of a tag ends, by `performance.now()`. */
  readonly #lateWriteEndsAt = new Map<string, number>();
  #sequence = 0;

  /** Issues the ticket of a request. Call when the request starts. */
  issue(): FenceTicket {
    const ticket: FenceTicket = {
      sequence: ++this.#sequence,
      startedAt: performance.now(),
      invalidatedTags: undefined,
    };
    this.#openTickets.add(ticket);
    return ticket;
  }

  /** Stops recording invalidated tags for a ticket. Call when the request ends. */
  release(ticket: FenceTicket): void {
    this.#openTickets.delete(ticket);
  }

  /**
   * Marks responses with these tags as outdated. Call when a write ends.
   *
   * @param lateWriteWindowMs time in which the write may still take effect. 0 if its effect is certain.
   */
  invalidate(tags: readonly string[], lateWriteWindowMs: number): void {
    for (const ticket of this.#openTickets) {
      ticket.invalidatedTags ??= new Set();
      for (const tag of tags) ticket.invalidatedTags.add(tag);
    }
    if (lateWriteWindowMs === 0) return;
    const now = performance.now();
    for (const [tag, endsAt] of this.#lateWriteEndsAt) if (endsAt < now) this.#lateWriteEndsAt.delete(tag);
    for (const tag of tags) this.#lateWriteEndsAt.set(tag, now + lateWriteWindowMs);
  }

  mayStore({ invalidatedTags, startedAt }: FenceTicket, tags: readonly string[]): boolean {
    return !tags.some(
      (tag) =>
        invalidatedTags?.has(tag) ||
        startedAt <= (this.#lateWriteEndsAt.get(tag) ?? Number.NEGATIVE_INFINITY),
    );
  }
}
