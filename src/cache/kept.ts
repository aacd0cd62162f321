/**
 * Data that is kept, of which everybody gets a copy of their own. Text until it is first asked for: much of what is kept
 * never is. From then on copied, which is quicker than to parse it again.
 */
export class Kept {
  /** In characters, as text. */
  readonly length: number;
  #text: string | undefined;
  #data: unknown;

  constructor(text: string) {
    this.#text = text;
    this.length = text.length;
  }

  /** @returns nothing for data that is nested too deeply to be written: what can be parsed can still be that. */
  static of(data: unknown): Kept | undefined {
    try {
      return new Kept(JSON.stringify(data));
    } catch {
      return undefined;
    }
  }

  get text(): string {
    return this.#text ?? JSON.stringify(this.#data);
  }

  copy(): unknown {
    if (this.#text !== undefined) {
      this.#data = JSON.parse(this.#text);
      this.#text = undefined;
    }
    return copyOf(this.#data);
  }
}

/**
 * Of what JSON can carry. A spread copies a key `__proto__` as it would any other, and after it an assignment does so too. For `in`
 * takes half the time of a list of keys, and meets what somebody may have put on `Object.prototype`.
 */
function copyOf(data: unknown): unknown {
  if (typeof data !== 'object' || data === null) return data;
  if (Array.isArray(data)) return data.map(copyOf);
  const from = data as Readonly<Record<string, unknown>>;
  const copy: Record<string, unknown> = { ...from };
  for (const key in from) {
    const inner = from[key];
    if (typeof inner === 'object' && inner !== null && Object.hasOwn(from, key)) copy[key] = copyOf(inner);
  }
  return copy;
}
