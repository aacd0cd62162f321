import type { ServiceResponse } from '../http.js';
import type { Category, Fields, PersonaDraft, PersonaPatch, StoredPersona } from '../store/types.js';

/**
 * One of the two deployed services.
 *
 * `subresource` is the service of the integration guide, with a path per category.
 * `attributes` is the newer service, with free-form categories and a field configuration.
 */
export type Dialect = 'subresource' | 'attributes';

/** The differences between the two services. The handlers contain the common behavior. */
export interface DialectRules {
  readonly dialect: Dialect;
  /** Body of `GET /health`. */
  readonly health: object;
  readonly errors: ErrorResponses;
  /** The methods that update a persona or a category. */
  readonly updateMethods: readonly string[];
  /** Path of the category endpoints, with `{id}` and `{category}`. */
  readonly categoryPath: string;
  /** The categories that have their own endpoint. */
  readonly endpointCategories: readonly Category[];
  /**
   * Reads the `page` and `per_page` parameters.
   *
   * @throws {Error} for values that the real service cannot handle.
   */
  readPaging(query: URLSearchParams): Paging;
  /** Returns the properties of a page besides `personas`, `total`, `page`, and `per_page`. */
  extraPageProperties(total: number, paging: Paging): object;
  renderPersona(persona: StoredPersona): object;
  /** Returns the response body of a category endpoint, or `{}` if the category was never set. */
  renderCategory(persona: StoredPersona, category: Category): object;
  /**
   * Validates the body of a create, and returns the persona to store.
   *
   * @throws {HttpError} if the body is invalid.
   * @throws {Error} if the real service would fail with 500.
   */
  readDraft(body: unknown): PersonaDraft;
  /** Validates the body of an update. Throws like `readDraft`. */
  readPatch(body: unknown): PersonaPatch;
  /** Validates the body of a category update. Throws like `readDraft`. */
  readCategory(category: Category, body: unknown): Fields;
  /** Returns the `message` in the response to a delete. */
  deletionMessage(id: number): string;
}

/** The page that a list request selects. `page` starts at 1. */
export interface Paging {
  readonly page: number;
  readonly perPage: number;
}

/** Creates the error responses of a dialect. */
export interface ErrorResponses {
  create(status: number, message: string): ServiceResponse;
  routeNotFound(): ServiceResponse;
  personaNotFound(id: string): ServiceResponse;
}

/** An error that ends the request with a response. Handlers throw it. */
export class HttpError extends Error {
  readonly response: ServiceResponse;

  constructor(response: ServiceResponse) {
    super(`HTTP ${response.status}`);
    this.response = response;
  }
}

/** Reads an integer from the query. Returns `defaultValue` if the parameter is missing or not an integer. */
export function readInteger(query: URLSearchParams, name: string, defaultValue: number): number {
  const text = query.get(name)?.trim() ?? '';
  return /^[+-]?\d+$/.test(text) ? Math.min(Number(text), Number.MAX_SAFE_INTEGER) : defaultValue;
}

export const isJsonObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
