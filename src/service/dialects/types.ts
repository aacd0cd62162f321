import type { Answer } from '../exchange.js';
import type { Category, Fields, PersonaDraft, PersonaPatch, StoredPersona } from '../store/types.js';

/**
 * Which of the two deployed services to be (wire contract): `subresource` is the one of the guide, with a path
 * per category; `attributes` is the newer one, with free-form categories and field-config.
 */
export type Dialect = 'subresource' | 'attributes';

/** Everything in which the two services differ. What they share stands in the handlers. */
export interface DialectRules {
  readonly dialect: Dialect;
  readonly health: object;
  readonly errors: ErrorShapes;
  /** The methods that change a persona or a category. */
  readonly updateMethods: readonly string[];
  readonly categoryPath: string;
  /** The categories that have an endpoint of their own. */
  readonly endpointCategories: readonly Category[];
  paging(query: URLSearchParams): Paging;
  /** What stands beside `personas`, `total`, `page` and `per_page` in a page. */
  pageExtras(total: number, paging: Paging): object;
  renderPersona(persona: StoredPersona): object;
  /** The answer of a category endpoint; `{}` when the category was never set. */
  renderCategory(persona: StoredPersona, category: Category): object;
  readDraft(body: unknown): PersonaDraft;
  readPatch(body: unknown): PersonaPatch;
  readCategory(category: Category, body: unknown): Fields;
  deletedMessage(id: number): string;
}

export interface Paging {
  readonly page: number;
  readonly perPage: number;
}

/** The bodies of errors. */
export interface ErrorShapes {
  error(status: number, message: string): Answer;
  routeMissing(): Answer;
  personaMissing(id: string): Answer;
}

/** Thrown to end a request with this answer. */
export class Refusal extends Error {
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(`refused with ${answer.status}`);
    this.answer = answer;
  }
}

/** An integer of the query; what is not one counts as not given. */
export function integerOf(query: URLSearchParams, name: string, otherwise: number): number {
  const text = query.get(name)?.trim() ?? '';
  return /^[+-]?\d+$/.test(text) ? Math.min(Number(text), Number.MAX_SAFE_INTEGER) : otherwise;
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
