import type { ZodMiniType } from 'zod/mini';
import type { Deployment, Dialect } from '../dialect.js';
import type { PersonaError } from '../errors.js';
import type { TimelineEntry } from '../events.js';
import type { RequestOptions } from '../options.js';
import type { Policy } from '../policy.js';
import type { Category } from '../schemas/categories.js';
import type { AttributeValues } from '../schemas/field-config.js';
import type { Abortable } from './abort.js';
import type { Answer } from './answer.js';
import type { RequestId } from './request-id.js';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** How an endpoint's input becomes a request. */
export interface Route<Input> {
  readonly method: Method;
  readonly path: (input: Input) => string;
  /** Paths stand under `/api/v1`, except those that say `outside`. */
  readonly outside?: true;
  readonly query?: (input: Input) => Record<string, number | string | undefined>;
  readonly body?: (input: Input) => unknown;
  /** The result stands under this key of the answer; `{}` where the key is absent or null. */
  readonly unwrap?: string;
  /** The dialect has no such route and needs none: this is the answer. */
  readonly answer?: () => Promise<unknown>;
}

/** One route for both dialects, or one for each. */
export type AnyRoute<Input> = Route<Input> | Readonly<Record<Dialect, Route<Input>>>;

/** What the cache must know: the marks a read's entry carries, or the marks a write sweeps away. */
export type Tags<Input> = (input: Input) => readonly string[];

/** Request options, whose signal may be one of the client's own. */
export type CallOptions<Result> = Omit<RequestOptions<Result>, 'signal'> & {
  readonly signal?: Abortable | undefined;
};

/** A descriptor's way to go on after its answer: run another endpoint. */
export type Run = <I, W, R>(endpoint: Endpoint<I, W, R>, input: I, options?: CallOptions<R>) => Promise<R>;

/** A descriptor's way to say that it holds the answer to another read, too. */
export type Keep = <I, W, R>(endpoint: Endpoint<I, W, R>, input: I, wire: W) => void;

/** What a look brought. Not `whole`: there may be more than could be looked through. */
export interface Findings<Wire> {
  readonly found: Wire[];
  readonly whole: boolean;
}

/** All that a write may have left behind since then (milliseconds since the epoch, by the service's clock). */
export type Find<Wire> = (since: number, run: Run) => Promise<Findings<Wire>>;

/** How to find out whether a write took effect when its answer was lost. */
export interface Effect<Input, Wire> {
  /** Writes with the same lane could be taken for one another. */
  readonly lane: (input: Input) => string;
  /** Loads what finds it: before the write is sent, since afterwards nothing may be to be had. */
  readonly finder: () => Promise<(input: Input) => Find<Wire>>;
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
  readonly wire: ZodMiniType<Wire, unknown> | undefined;
  /** The parts of the input whose options the service may check. */
  readonly attributes?: (input: Input) => readonly AttributeValues[];
  /** Asked by the client for itself, and shown to nobody: no policy is about it. */
  readonly inside?: true;
  /** The fields and categories of a persona that it names: they must be allowed. */
  readonly parts?: (input: Input) => readonly string[];
  /** Where its answer holds what may have to be hidden. */
  readonly redact?: (wire: Wire, hide: Hide) => void;
  readonly reads?: Tags<Input>;
  readonly writes?: Tags<Input>;
  /** The reads that this answer holds the whole answers to. */
  readonly brings?: (wire: Wire, input: Input, keep: Keep) => void;
  /** Attempt layers that this endpoint goes without. */
  readonly without?: readonly ('limit' | 'breaker' | 'authorize')[];
  /** How to resolve a write in doubt, where that can be done. */
  readonly effect?: Effect<Input, Wire>;
  /** What a fresh answer tells of the deployment. */
  readonly teaches?: (deployment: Deployment, wire: Wire) => void;
  /** From what the wire said to what the caller gets. */
  readonly finish: (wire: Wire, input: Input, run: Run) => Result;
  /** A second way to a result when the first failed; rethrows the error if there is none. Runs within the call's deadline. */
  readonly otherwise?: (error: PersonaError, run: Run) => Promise<Result>;
}

/** How often and how long a call is tried. */
export interface RetryRules {
  readonly limit: number;
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
}

/** What has happened to a call so far. */
export interface Progress {
  /** Attempts that went over the wire. */
  attempts: number;
  /** The call is over: its timeline is complete. */
  ended: boolean;
  /** Kept true by `exchange` from the moment a write may leave until something proves that it did nothing. */
  maybeApplied: boolean;
  /** An attempt before the last one may have taken effect, and its request may still be on its way. */
  inDoubt: boolean;
  /** The token was replaced once already. */
  replayed: boolean;
  lastError: PersonaError | undefined;
  /** Without one until somebody wants to know. */
  timeline: TimelineEntry[] | undefined;
}

/** A token to send, and whose it is, as of one moment: by the time that it is looked at, somebody may have signed in or out. */
export interface Bearer {
  readonly identity: string;
  /** Nothing for a client without credentials. */
  readonly token: string | undefined;
}

/** Where bearer tokens come from, for one identity at a time. */
export interface Tokens {
  /**
   * Whose calls are made from now on: equal for those who may see each other's data, and for nobody else. It can hold
   * a credential, so it is for comparing and never for showing.
   */
  readonly identity: string;
  /** The token to send: at once if it is at hand, obtained first if need be. */
  current(signal: Abortable): Promise<Bearer> | Bearer;
  /** A token to use in place of one that was refused; the same or none when there is no other. */
  replace(refused: string | undefined, signal: Abortable): Promise<Bearer>;
}

/** Takes what may not be seen out of a persona, or out of this category of one. */
export type Hide = (data: object, category?: Category) => void;

/** Who makes a call: a client, or one of its identity views. */
export interface Caller {
  readonly policy: Policy;
  readonly tokens: Tokens;
  /** Aborts when the client or the view is closed. */
  readonly closing: Abortable;
  /** Makes further calls as the same. */
  readonly run: Run;
}

/** One call: fixed by `encode`, shared by all its attempts. */
export interface Call {
  readonly callId: number;
  readonly requestId: RequestId;
  /** As which it was begun, and alone may be made. */
  readonly identity: string;
  readonly tokens: Tokens;
  readonly name: string;
  readonly method: Method;
  /** It changes something, so its effect is in question when it fails. */
  readonly write: boolean;
  /** Where the service's API is; for what is outside of it, where the service is. */
  base: string;
  /** What is asked of it, once `encode` knows. */
  path: string;
  /** The client's and the caller's own. */
  readonly headers: Readonly<Record<string, string>>;
  /** 304 is a success: it confirms what the cache keeps. */
  readonly isConditional?: true;
  body?: string;
  readonly personaId: number | undefined;
  readonly without: readonly string[];
  /** Ends the call, with a reason that is already a typed error. */
  readonly signal: Abortable;
  /** When the call's time is up, by `performance.now()`. */
  readonly deadline: { readonly at: number };
  readonly timeoutMs: number;
  readonly retry: RetryRules;
  readonly startedAt: number;
  readonly progress: Progress;
}

/** One attempt of a call: what the layers below the retry hand on. */
export interface Attempt {
  readonly call: Call;
  readonly number: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a transport brings, read to the end. Plain data: nothing to drain, clone or cancel. */
export interface Received {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly bytes: Uint8Array;
}

/** The attempt plane: a layer wraps a Send and is itself a Send. */
export type Send = (attempt: Attempt) => Promise<Answer>;
export type Layer = (next: Send) => Send;

/** The bottom: one request to the network, its body read to the end within `maxBytes`. */
export interface Transport {
  (
    request: {
      readonly method: Method;
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body?: string;
    },
    signal: Abortable,
    maxBytes: number,
  ): Promise<Received>;
  /** How many sockets it opens at most, if it says so: where all are open, a request that comes too soon for one waits for it. */
  readonly connections?: number;
}

/** Compose layers, outermost first. */
export const layers =
  (...all: readonly Layer[]): Layer =>
  (next) =>
    all.reduceRight((inner, layer) => layer(inner), next);
