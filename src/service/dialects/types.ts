import type { ServiceResponse } from '../http.js';
import type { JsonValue } from '../json/parse.js';
import type { Category, Fields, PersonaDraft, PersonaPatch, StoredPersona } from '../store/types.js';
import type { Paging, ReadPaging } from './paging.js';

/**
 * A kind of deployed service: see `docs/reference/services.md`.
 *
 * - `subresource`: the service of the integration guide, with a path per category
 * - `attributes`: the newer service, with fields of any name and a field config
 * - `in-between`: as `attributes`, but with another health response, and with the JSON of `subresource` for an unknown route
 */
export type Dialect = 'subresource' | 'attributes' | 'in-between';

/** The kind of request to which a response belongs. The form of lists in the published `subresource` service depends on it. */
export type RequestKind = 'get' | 'list' | 'write';

/**
 * Returns the stored form of validated input.
 *
 * @throws {Error} if the database rejects a value. The service then responds with 500.
 */
export type ToStored<T> = () => T;

/** The differences between the services. The handlers contain the common behavior. */
export interface DialectRules {
  /** Returns the body of `GET /health`. */
  health(nowMs: number): object;
  readonly errors: ErrorResponses;
  /** The methods that update a persona or a category. */
  readonly updateMethods: readonly string[];
  /** Path of the category endpoints, with `{id}` and `{category}`. */
  readonly categoryPath: string;
  /** The categories that have a route of their own. `undefined`: the handler rejects unknown categories. */
  readonly routedCategories: readonly Category[] | undefined;
  readonly hasFieldConfig: boolean;
  /** @throws {Error} for values that the real service cannot handle. */
  readonly readPaging: ReadPaging;
  /** Returns the properties of a page besides `personas`, `total`, `page`, and `per_page`. Throws like `readPaging`. */
  extraPageProperties(total: number, paging: Paging): object;
  /** @throws {Error} if the real service cannot turn the persona into JSON. */
  renderPersona(persona: StoredPersona, kind: RequestKind): object;
  /** Returns the response body of a category endpoint, or `{}` if the category was never set. Throws like `renderPersona`. */
  renderCategory(persona: StoredPersona, category: Category, kind: RequestKind): object;
  /** @throws {HttpError} if the service has no such category. */
  findCategory(name: string): Category;
  /**
   * Validates the body of a create.
   *
   * @throws {HttpError} if the body is invalid.
   * @throws {Error} if the real service would fail with 500.
   */
  readDraft(body: JsonValue): ToStored<PersonaDraft>;
  /** Validates the body of an update. Throws like `readDraft`. */
  readPatch(body: JsonValue): ToStored<PersonaPatch>;
  /** Validates the body of a category update. Throws like `readDraft`. */
  readCategory(category: Category, body: JsonValue): ToStored<Fields>;
  /** Returns the `message` in the response to a delete. */
  deletionMessage(id: number): string;
}

/** Creates the error responses of a dialect. */
export interface ErrorResponses {
  create(status: number, message: string): ServiceResponse;
  routeNotFound(): ServiceResponse;
  personaNotFound(id: bigint): ServiceResponse;
  /** The body is `{}`, `[]`, `null`, `0`, `false` or `""`. */
  noData(): ServiceResponse;
  /**
   * A handler failed.
   *
   * @param action what the handler does, for example `create persona`.
   */
  failure(error: unknown, action: string | undefined): ServiceResponse;
}

/** An error that ends the request with a response. Handlers throw it. */
export class HttpError extends Error {
  readonly response: ServiceResponse;

  constructor(response: ServiceResponse) {
    super(`HTTP ${response.status}`);
    this.response = response;
  }
}
