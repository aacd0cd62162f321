import type { ZodMiniType } from 'zod/mini';
import { check, inWords } from '../validate.js';

/**
 * Data that is kept, of which everybody gets a copy of their own. Text until it is first asked for: much of what is kept
 * never is. From then on copied, which is quicker than to read it again.
 */
export class Kept {
  /** In characters, as text. */
  readonly length: number;
  readonly #wire: ZodMiniType | undefined;
  #text: string | undefined;
  #data: unknown;
  #copier: (() => unknown) | undefined;

  /** @param wire reads the text; without it, the text is the data as JSON. */
  constructor(text: string, wire?: ZodMiniType) {
    this.#text = text;
    this.#wire = wire;
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

  /** The data as JSON. */
  get text(): string {
    return this.#text === undefined || this.#wire ? JSON.stringify(this.#its) : this.#text;
  }

  copy(): unknown {
    this.#copier ??= copierOf(this.#its);
    return this.#copier();
  }

  get #its(): unknown {
    if (this.#text !== undefined) {
      const body: unknown = JSON.parse(this.#text);
      this.#data = this.#wire ? read(this.#wire, body) : body;
      this.#text = undefined;
    }
    return this.#data;
  }
}

function read(wire: ZodMiniType, body: unknown): unknown {
  const checked = check(wire, body);
  if ('value' in checked) return checked.value;
  throw new Error(`what could be read once cannot any more: ${inWords(checked.issues)}`);
}

/**
 * Makes copies of what JSON can carry. Where there are objects in it is looked up once. A spread copies a key `__proto__` as it
 * would any other, and after it an assignment does so too.
 */
function copierOf(data: unknown): () => unknown {
  if (typeof data !== 'object' || data === null) return () => data;
  const inner = Object.entries(data).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null ? [[key, copierOf(value)] as const] : [],
  );
  return () => {
    const copy = (Array.isArray(data) ? [...data] : { ...data }) as Record<string, unknown>;
    for (const [key, copyInner] of inner) copy[key] = copyInner();
    return copy;
  };
}
