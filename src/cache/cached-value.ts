import type { ZodMiniType } from 'zod/mini';
import { ignoreErrors } from '../core/ignore-errors.js';
import { formatIssues, safeParse } from '../core/validate.js';

/** Linked list of nested objects, so that a copy visits only these. */
interface CopyPlan {
  readonly key: string;
  readonly children: CopyPlan | undefined;
  readonly next: CopyPlan | undefined;
}

/**
 * A cached value. Every caller gets its own copy.
 *
 * The text is not parsed before the first copy, because many values are never read. Later copies need no parsing.
 */
export class CachedValue {
  /** Length of the text in characters. */
  readonly length: number;
  readonly #schema: ZodMiniType | undefined;
  #text: string | undefined;
  #data: unknown;
  /** Computed once, which halves the time of a copy. */
  #copyPlan: CopyPlan | undefined;

  /** @param schema parses the text. Without a schema, the text is the data as JSON. */
  constructor(text: string, schema?: ZodMiniType) {
    this.#text = text;
    this.#schema = schema;
    this.length = text.length;
  }

  /**
   * Serializes data.
   *
   * @returns undefined if the data is nested too deeply. `JSON.parse` accepts deeper nesting than `JSON.stringify`.
   */
  static fromData(data: unknown): CachedValue | undefined {
    return ignoreErrors(() => new CachedValue(JSON.stringify(data)));
  }

  /** The data as JSON. */
  get text(): string {
    return this.#text === undefined || this.#schema ? JSON.stringify(this.#parse()) : this.#text;
  }

  copy(): unknown {
    const data = this.#parse();
    return copyJson(data, this.#copyPlan);
  }

  #parse(): unknown {
    if (this.#text !== undefined) {
      const body: unknown = JSON.parse(this.#text);
      this.#data = this.#schema ? parseWith(this.#schema, body) : body;
      this.#copyPlan = planCopy(this.#data);
      this.#text = undefined;
    }
    return this.#data;
  }
}

function parseWith(schema: ZodMiniType, body: unknown): unknown {
  const parsed = safeParse(schema, body);
  if ('value' in parsed) return parsed.value;
  throw new Error(`The cached value no longer matches its schema: ${formatIssues(parsed.issues)}`);
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

function planCopy(data: unknown): CopyPlan | undefined {
  let plan: CopyPlan | undefined;
  for (const [key, value] of isObject(data) ? Object.entries(data) : [])
    if (isObject(value)) plan = { key, children: planCopy(value), next: plan };
  return plan;
}

/** Copies JSON data. The spread makes `__proto__` an own property, so assigning to it is safe. */
function copyJson(data: unknown, plan: CopyPlan | undefined): unknown {
  if (!isObject(data)) return data;
  const copy = (Array.isArray(data) ? [...data] : { ...data }) as Record<string, unknown>;
  for (let step = plan; step; step = step.next) copy[step.key] = copyJson(copy[step.key], step.children);
  return copy;
}
