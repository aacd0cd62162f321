/** A write that a tool of this server made. */
export interface PersonaChange {
  /** What the tool did. */
  readonly kind: 'created' | 'updated' | 'deleted';
  /** The id of the persona. */
  readonly id: number;
}

/** Notifies all connections of a server about every write. */
export class ChangeEmitter {
  readonly #listeners = new Set<(change: PersonaChange) => void>();

  /** @returns a function that removes the listener. */
  on(listener: (change: PersonaChange) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  emit(change: PersonaChange): void {
    for (const listener of [...this.#listeners]) listener(change);
  }
}
