/** A request under way, whose answer may be kept unless something ends what it is about. */
export interface FenceTicket {
  /** Requests are numbered as they begin. */
  readonly order: number;
  readonly begunAt: number;
  ended: Set<string> | undefined;
}

/**
 * Knows what may be kept: no answer to a request that began before a write to the same ended, nor one that began while
 * a write given up may still take effect.
 */
export class WriteFence {
  readonly #underWay = new Set<FenceTicket>();
  /** Until when a write that was given up may take effect, by tag. */
  readonly #landing = new Map<string, number>();
  #order = 0;

  begin(): FenceTicket {
    const watched: FenceTicket = { order: ++this.#order, begunAt: performance.now(), ended: undefined };
    this.#underWay.add(watched);
    return watched;
  }

  done(watched: FenceTicket): void {
    this.#underWay.delete(watched);
  }

  /** A write to these is over, but may take effect for so long yet. */
  end(tags: readonly string[], lateWriteWindowMs: number): void {
    for (const watched of this.#underWay) {
      watched.ended ??= new Set();
      for (const tag of tags) watched.ended.add(tag);
    }
    if (lateWriteWindowMs === 0) return;
    const now = performance.now();
    for (const [tag, until] of this.#landing) if (until < now) this.#landing.delete(tag);
    for (const tag of tags) this.#landing.set(tag, now + lateWriteWindowMs);
  }

  mayStore({ ended, begunAt }: FenceTicket, tags: readonly string[]): boolean {
    return !tags.some(
      (tag) => ended?.has(tag) || begunAt <= (this.#landing.get(tag) ?? Number.NEGATIVE_INFINITY),
    );
  }
}
