/** A request under way, whose answer may be kept unless something ends what it is about. */
export interface Watched {
  /** Requests are numbered as they begin. */
  readonly order: number;
  readonly begunAt: number;
  ended: Set<string> | undefined;
}

/**
 * Knows what may be kept: no answer to a request that began before a write to the same ended, nor one that began while
 * a write given up may still take effect.
 */
export class Watch {
  readonly #underWay = new Set<Watched>();
  /** Until when a write that was given up may take effect, by tag. */
  readonly #landing = new Map<string, number>();
  #order = 0;

  begin(): Watched {
    const watched: Watched = { order: ++this.#order, begunAt: performance.now(), ended: undefined };
    this.#underWay.add(watched);
    return watched;
  }

  done(watched: Watched): void {
    this.#underWay.delete(watched);
  }

  /** A write to these is over, but may take effect for so long yet. */
  end(tags: readonly string[], landsWithinMs: number): void {
    for (const watched of this.#underWay) {
      watched.ended ??= new Set();
      for (const tag of tags) watched.ended.add(tag);
    }
    if (landsWithinMs === 0) return;
    const now = performance.now();
    for (const [tag, until] of this.#landing) if (until < now) this.#landing.delete(tag);
    for (const tag of tags) this.#landing.set(tag, now + landsWithinMs);
  }

  mayKeep({ ended, begunAt }: Watched, tags: readonly string[]): boolean {
    return !tags.some(
      (tag) => ended?.has(tag) || begunAt <= (this.#landing.get(tag) ?? Number.NEGATIVE_INFINITY),
    );
  }
}
