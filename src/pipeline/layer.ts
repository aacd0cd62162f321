import type { PersonaError } from '../errors.js';
import type { TimelineEntry } from '../events.js';
import type { Abortable } from './abort.js';
import type { Answer, Received } from './answer.js';
import type { RequestId } from './request-id.js';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

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
