import type { ZodMiniType } from 'zod/mini';
import type { AccessPolicy } from '../config/access-policy.js';
import type { CallOptions } from '../config/request-options.js';
import type { AbortSignalLike } from '../core/abort.js';
import type { Call, Method, TokenProvider } from '../core/call.js';
import type { Dialect } from '../core/dialect.js';
import { PersonaError } from '../core/errors/index.js';
import type { ServiceProfile } from '../core/service-profile.js';
import type { Category } from '../schemas/categories.js';
import type { AttributeValues } from '../schemas/field-config.js';
import type { Persona } from '../schemas/persona.js';
import type { SubresourceInput } from '../schemas/subresource-rules.js';
import type { ResourceId } from './reconcile/claimed-ids.js';
import type { Finding } from './reconcile/lost-write.js';

/**
 * Describes an endpoint as data.
 *
 * @typeParam Input the validated input.
 * @typeParam Wire the validated response body.
 * @typeParam Result the value that the caller gets.
 */
export interface Endpoint<Input, Wire, Result> {
  /** The method name that the caller uses, such as `personas.get`. */
  readonly name: string;
  /** Validates the input before anything is sent. */
  readonly inputSchema: ZodMiniType<unknown, unknown>;
  /** One route, or one per dialect. With two routes, the client detects the dialect before the first call. */
  readonly route: EndpointRoute<Input>;
  /** Id of the persona in the URL. A 404 that mentions a persona means that this one does not exist. */
  readonly personaId?: (input: Input) => number | undefined;
  /** Validates the body of a successful response. Without a schema, the call has no data; its body must be empty or JSON. */
  readonly responseSchema: ZodMiniType<Wire, unknown> | undefined;
  /** The attributes in the input. The client checks them against its `attributes` option and the field config. */
  readonly attributes?: (input: Input) => readonly AttributeValues[];
  /** For writes: adapts the input to the `subresource` dialect, which has rules that `attributes` lacks. */
  readonly toSubresource?: (input: Input) => SubresourceInput<Input>;
  /** For writes: whether the input sets an empty name. A persona with a redacted name has an empty one. */
  readonly setsEmptyName?: (input: Input) => boolean;
  /** The client itself sends this request. Access policy and redaction do not apply. */
  readonly internal?: true;
  /** The categories and persona fields that the call needs permission for. The access policy must allow each. */
  readonly touchedFields?: (input: Input) => readonly string[];
  /** Calls `visit` for each persona or category in the response, to redact it and to tell the cache about new personas. */
  readonly visitData?: (wire: Wire, visit: VisitData) => void;
  /** For reads: the tags of the cache entry. A read without tags is never cached. */
  readonly cacheTags?: CacheTags<Input>;
  /** For writes: the tags whose cache entries the write invalidates. */
  readonly invalidates?: CacheTags<Input>;
  /** Calls `prime` for each other read whose complete response is part of this one. */
  readonly primes?: (wire: Wire, input: Input, prime: Prime) => void;
  /** The attempt layers that this endpoint does not use. */
  readonly skipLayers?: readonly ('limit' | 'breaker' | 'authorize')[];
  /** Ignores the option `retry` of the client. Only the request option `retry` enables retries. */
  readonly retriesOnlyIfAsked?: true;
  /** For updates: writes only if the persona is unchanged since a time. */
  readonly condition?: {
    /** The `updated_at` of the persona that the update is based on. `undefined` if the update has no condition. */
    readonly since: (input: Input) => string | undefined;
    /** Reads the whole persona. */
    readonly read: () => Endpoint<{ readonly id: number }, Persona, Persona>;
  };
  /** Finds out whether a write with a lost response was applied. */
  readonly reconciliation?: Reconciliation<Input, Wire>;
  /** Updates the service profile from a response. Does not run on cache hits. */
  readonly updatesProfile?: (profile: ServiceProfile, wire: Wire) => void;
  /** Converts the response body to the result. If it returns a promise, the call waits for the result until its deadline. */
  readonly transform: (wire: Wire, input: Input, run: Run, call: Call, response: ResponseFacts) => Result;
  /**
   * Returns a substitute result after the call failed. Its requests share the deadline of the call.
   *
   * @throws `error` if there is no substitute.
   */
  readonly recover?: (error: PersonaError, run: Run) => Promise<Result>;
}

/** Facts about the response, for `transform`. */
interface ResponseFacts {
  readonly status?: number;
  readonly etag?: string | undefined;
}

/** Builds an HTTP request from the input. */
export interface Route<Input> {
  readonly method: Method;
  readonly path: (input: Input) => string;
  /** The path is relative to `baseUrl`, without `/api/v1`. */
  readonly unversioned?: true;
  /** Query parameters. The client omits those that are `undefined`. */
  readonly query?: (input: Input) => Record<string, number | string | undefined>;
  /** The JSON request body. */
  readonly body?: (input: Input) => unknown;
  /** Key in the response body that contains the data. A missing or `null` value becomes `{}`. */
  readonly unwrapKey?: string;
  /** Returns the data without a request, because this dialect has no such route. */
  readonly builtIn?: () => Promise<unknown>;
}

/** One route for both dialects, or one for each. */
export type EndpointRoute<Input> = Route<Input> | Readonly<Record<Dialect, Route<Input>>>;

export const isSingleRoute = <Input>(route: EndpointRoute<Input>): route is Route<Input> =>
  !('subresource' in route);

/** Whether the call failed because the service lacks a route that only one dialect has. */
export const lacksRoute = (
  { route }: Pick<Endpoint<never, unknown, unknown>, 'route'>,
  error: unknown,
): boolean => error instanceof PersonaError && error.code === 'route_not_found' && !isSingleRoute(route);

export type CacheTags<Input> = (input: Input) => readonly string[];

/** Runs another endpoint for the same caller. */
export type Run = <I, W, R>(endpoint: Endpoint<I, W, R>, input: I, options?: CallOptions<R>) => Promise<R>;

/** Stores the response of another read in the cache. */
type Prime = <I, W, R>(endpoint: Endpoint<I, W, R>, input: I, wire: W) => void;

/**
 * Handles a persona, the data of one category, or an `unknown` object of `client.request`. From an `unknown` object, redaction
 * removes every field with the name of a redacted field.
 */
export type VisitData = (data: object, category?: Category | 'unknown') => void;

/** How to find out whether a write was applied. */
export interface Reconciliation<Input, Wire> {
  /** Writes with the same key run one after the other, because a search cannot tell them apart. */
  readonly queueKey: (input: Input) => string;
  /** Imports the search. Runs before the write, because the import can fail while the network is down. */
  readonly importSearch: () => Promise<(input: Input) => Search<Wire>>;
  /** Identifies the created resource. */
  readonly resourceId: (wire: Wire) => ResourceId;
}

/**
 * Searches for what the write created.
 *
 * @param sinceEpochMs start of the period in which the write was sent, in milliseconds since the Unix epoch.
 * @param isTaken whether another write created this resource.
 */
export type Search<Wire> = (
  sinceEpochMs: number,
  run: Run,
  isTaken: (wire: Wire) => boolean,
) => Promise<Finding<Wire>>;

/** The client or identity view that makes a call. */
export interface Caller {
  readonly policy: AccessPolicy;
  readonly tokens: TokenProvider;
  /** Aborts when the client or the view is closed. */
  readonly closeSignal: AbortSignalLike;
  readonly run: Run;
}
