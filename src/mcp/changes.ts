/** A write that went through this server's tools. */
export interface PersonaChange {
  readonly kind: 'created' | 'updated' | 'deleted';
  readonly id: number;
}

/** Tells every connection of the writes of all of them. */
export class Changes {
  readonly #listeners = new Set<(change: PersonaChange) => void>();

  /** @returns a function that ends the listening. */
  on(listener: (change: PersonaChange) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  tell(change: PersonaChange): void {
    for (const listener of [...this.#listeners]) listener(change);
  }
}
