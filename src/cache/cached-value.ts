import type { ZodMiniType } from 'zod/mini';
import { check, formatIssues } from '../core/validate.js';

/** An object in an object: under which key, what is in it in turn, and the next beside it. */
interface CopyPlan {
  readonly key: string;
  readonly its: CopyPlan | undefined;
  readonly next: CopyPlan | undefined;
}

/**
 * Data that is kept, of which everybody gets a copy of their own. Text until it is first asked for: much of what is kept
 * never is. From then on copied, which is quicker than to read it again.
 */
export class CachedValue {
  /** In characters, as text. */
  readonly length: number;
  readonly #wire: ZodMiniType | undefined;
  #text: string | undefined;
  #data: unknown;
  /** Looked up once, so that a copy takes half the time. */
  #inner: CopyPlan | undefined;

  /** @param wire reads the text; without it, the text is the data as JSON. */
  constructor(text: string, wire?: ZodMiniType) {
    this.#text = text;
    this.#wire = wire;
    this.length = text.length;
  }

  /** @returns nothing for data that is nested too deeply to be written: what can be parsed can still be that. */
  static of(data: unknown): CachedValue | undefined {
    try {
      return new CachedValue(JSON.stringify(data));
    } catch {
      return undefined;
    }
  }

  /** The data as JSON. */
  get text(): string {
    return this.#text === undefined || this.#wire ? JSON.stringify(this.#its) : this.#text;
  }

  copy(): unknown {
    const data = this.#its;
    return copyOf(data, this.#inner);
  }

  get #its(): unknown {
    if (this.#text !== undefined) {
      const body: unknown = JSON.parse(this.#text);
      this.#data = this.#wire ? read(this.#wire, body) : body;
      this.#inner = innerOf(this.#data);
      this.#text = undefined;
    }
    return this.#data;
  }
}

function read(wire: ZodMiniType, body: unknown): unknown {
  const checked = check(wire, body);
  if ('value' in checked) return checked.value;
  throw new Error(`what could be read once cannot any more: ${formatIssues(checked.issues)}`);
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

function innerOf(data: unknown): CopyPlan | undefined {
  let inner: CopyPlan | undefined;
  for (const [key, value] of isObject(data) ? Object.entries(data) : [])
    if (isObject(value)) inner = { key, its: innerOf(value), next: inner };
  return inner;
}

/** Of what JSON can carry. A spread copies a key `__proto__` as it would any other, and after it an assignment does so too. */
function copyOf(data: unknown, inner: CopyPlan | undefined): unknown {
  if (!isObject(data)) return data;
  const copy = (Array.isArray(data) ? [...data] : { ...data }) as Record<string, unknown>;
  for (let one = inner; one; one = one.next) copy[one.key] = copyOf(copy[one.key], one.its);
  return copy;
}
