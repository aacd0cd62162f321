import type { RequestOptions } from '../../config/request-options.js';
import type { readSchemaResult, StandardSchema } from '../../config/standard-schema.js';
import type { Method } from '../../core/call.js';
import type { PersonaPermissionError } from '../../core/errors/index.js';
import type { invalidInputError } from '../../core/validate.js';
import type { unexpectedBodyError } from '../../pipeline/decode.js';
import type { ResultWithMeta } from '../../pipeline/result.js';
import type { copyPlainData } from '../../schemas/plain-data.js';
import type { unknownNameMessage } from '../../schemas/suggest-name.js';

type QueryValue = string | number | boolean | undefined;

/**
 * A request to any route of the API: the argument of `client.request`.
 *
 * @typeParam Schema the schema of the response.
 */
export interface AnyRequest<Schema extends StandardSchema = StandardSchema> {
  /** The HTTP method. @default 'GET' */
  readonly method?: Method;
  /**
   * The path after `/api/v1`, such as `/personas/7/similar`. Encode values that you insert with `encodeURIComponent`.
   *
   * It must start with exactly one slash. It must not contain a query, `..`, a backslash or a control character, in any
   * encoding.
   */
  readonly path: string;
  /** Query parameters. The client encodes them. A list repeats its parameter, and `undefined` omits it. @default none */
  readonly query?: Readonly<Record<string, QueryValue | readonly QueryValue[]>>;
  /** The body, as plain data. The client sends it as JSON. @default none */
  readonly body?: unknown;
  /**
   * Validates the response, and gives the result its type: a schema of zod, Valibot, ArkType or any other library with Standard
   * Schema. Its transforms apply. Without a schema, the result is the response as it is, with the type `unknown`.
   *
   * @default none
   */
  readonly schema?: Schema;
  /**
   * For `GET` and `HEAD`: the client caches the response under these tags. A write that invalidates one of them also
   * invalidates the response. Without this option, the client does not cache the response.
   *
   * The client itself uses the tags `lists` and, for persona 7, `persona:7`. It adds them to the tags of a path below
   * `/personas`.
   *
   * @default none
   */
  readonly cacheTags?: readonly string[];
  /**
   * For all other methods: the call invalidates the cached responses with these tags. A path below `/personas` also
   * invalidates the lists and its persona.
   *
   * @default none
   */
  readonly invalidates?: readonly string[];
}

/** The type that a schema returns. */
export type SchemaOutput<Schema extends StandardSchema> = NonNullable<Schema['~standard']['types']>['output'];

/** The type of `client.request`. */
export type SendRequest = <Schema extends StandardSchema = StandardSchema>(
  request: AnyRequest<Schema>,
  options?: RequestOptions<SchemaOutput<Schema>>,
) => Promise<SchemaOutput<Schema>>;

/** The type of `client.withMeta.request`. */
export type SendRequestWithMeta = <Schema extends StandardSchema = StandardSchema>(
  request: AnyRequest<Schema>,
  options?: RequestOptions<SchemaOutput<Schema>>,
) => Promise<ResultWithMeta<SchemaOutput<Schema>>>;

/** Code for the chunk that loads on first use. A shared module would become a file that every page loads. */
export interface SharedCode {
  readonly copyPlainData: typeof copyPlainData;
  readonly invalidInputError: typeof invalidInputError;
  readonly PersonaPermissionError: typeof PersonaPermissionError;
  readonly readSchemaResult: typeof readSchemaResult;
  readonly sanitizeCause: (error: unknown) => unknown;
  readonly unexpectedBodyError: typeof unexpectedBodyError;
  readonly unknownNameMessage: typeof unknownNameMessage;
}
