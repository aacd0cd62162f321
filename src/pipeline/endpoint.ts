import type { ZodMiniType } from 'zod/mini';
import type { Policy } from '../config/access-policy.js';
import type { CallOptions } from '../config/resolve-options.js';
import type { AbortSignalLike } from '../core/abort.js';
import type { Method, TokenProvider } from '../core/call.js';
import type { PersonaError } from '../core/errors/index.js';
import type { Dialect, ServiceProfile } from '../core/service-profile.js';
import type { Category } from '../schemas/categories.js';
import type { AttributeValues } from '../schemas/field-config.js';

/** How an endpoint's input becomes a request. */
export interface Route<Input> {
  readonly method: Method;
  readonly path: (input: Input) => string;
  /** Paths stand under `/api/v1`, except those that say `outside`. */
  readonly unversioned?: true;
  readonly query?: (input: Input) => Record<string, number | string | undefined>;
  readonly body?: (input: Input) => unknown;
  /** The result stands under this key of the answer; `{}` where the key is absent or null. */
  readonly unwrap?: string;
  /** The dialect has no such route and needs none: this is the answer. */
  readonly builtIn?: () => Promise<unknown>;
}

/** One route for both dialects, or one for each. */
export type AnyRoute<Input> = Route<Input> | Readonly<Record<Dialect, Route<Input>>>;

/** What the cache must know: the marks a read's entry carries, or the marks a write sweeps away. */
export type CacheTags<Input> = (input: Input) => readonly string[];

/** A descriptor's way to go on after its answer: run another endpoint. */
export type Run = <I, W, R>(endpoint: Endpoint<I, W, R>, input: I, options?: CallOptions<R>) => Promise<R>;

/** A descriptor's way to say that it holds the answer to another read, too. */
export type Prime = <I, W, R>(endpoint: Endpoint<I, W, R>, input: I, wire: W) => void;

/** What a look brought. Not `whole`: there may be more than could be looked through. */
export interface SearchResult<Wire> {
  readonly found: Wire[];
  readonly exhaustive: boolean;
}

/** All that a write may have left behind since then (milliseconds since the epoch, by the service's clock). */
export type Search<Wire> = (since: number, run: Run) => Promise<SearchResult<Wire>>;

/** How to find out whether a write took effect when its answer was lost. */
export interface Reconciliation<Input, Wire> {
  /** Writes with the same lane could be taken for one another. */
  readonly queueKey: (input: Input) => string;
  /** Loads what finds it: before the write is sent, since afterwards nothing may be to be had. */
  readonly createSearch: () => Promise<(input: Input) => Search<Wire>>;
  readonly id: (wire: Wire) => number;
}

/** One endpoint, described as data: what the pipeline needs to know and nothing else. */
export interface Endpoint<Input, Wire, Result> {
  /** As the caller writes it: `personas.get`. */
  readonly name: string;
  /** Input is checked against this before anything else happens. */
  readonly input: ZodMiniType<unknown, unknown>;
  /** One route, or one per dialect: then the call must know the dialect. */
  readonly route: AnyRoute<Input>;
  /** The persona that a 404 would be about. */
  readonly persona?: (input: Input) => number;
  /** What a success looks like; without it the body is not read. */
  readonly responseSchema: ZodMiniType<Wire, unknown> | undefined;
  /** The parts of the input whose options the service may check. */
  readonly attributes?: (input: Input) => readonly AttributeValues[];
  /** Asked by the client for itself, and shown to nobody: no policy is about it. */
  readonly internal?: true;
  /** The fields and categories of a persona that it names: they must be allowed. */
  readonly touchedFields?: (input: Input) => readonly string[];
  /** Where its answer holds what may have to be hidden. */
  readonly redact?: (response: Wire, redact: Redact) => void;
  readonly cacheTags?: CacheTags<Input>;
  readonly invalidates?: CacheTags<Input>;
  /** The reads that this answer holds the whole answers to. */
  readonly primes?: (wire: Wire, input: Input, keep: Prime) => void;
  /** Attempt layers that this endpoint goes without. */
  readonly skipLayers?: readonly ('limit' | 'breaker' | 'authorize')[];
  /** How to resolve a write in doubt, where that can be done. */
  readonly reconciliation?: Reconciliation<Input, Wire>;
  /** What a fresh answer tells of the deployment. */
  readonly updatesProfile?: (deployment: ServiceProfile, wire: Wire) => void;
  /** From what the wire said to what the caller gets. */
  readonly transform: (wire: Wire, input: Input, run: Run) => Result;
  /** A second way to a result when the first failed; rethrows the error if there is none. Runs within the call's deadline. */
  readonly recover?: (error: PersonaError, run: Run) => Promise<Result>;
}

/** Takes what may not be seen out of a persona, or out of this category of one. */
export type Redact = (data: object, category?: Category) => void;

/** Who makes a call: a client, or one of its identity views. */
export interface Caller {
  readonly policy: Policy;
  readonly tokens: TokenProvider;
  /** Aborts when the client or the view is closed. */
  readonly closing: AbortSignalLike;
  /** Makes further calls as the same. */
  readonly run: Run;
}
