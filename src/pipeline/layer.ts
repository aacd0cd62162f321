import type { AbortSignalLike } from '../core/abort.js';
import type { Call, Method } from '../core/call.js';
import type { HttpResponse, TransportResponse } from '../core/response.js';

/** One attempt of a call: what the layers below the retry hand on. */
export interface Attempt {
  readonly call: Call;
  readonly number: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** The attempt plane: a layer wraps a Send and is itself a Send. */
export type Send = (attempt: Attempt) => Promise<HttpResponse>;
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
    signal: AbortSignalLike,
    maxBytes: number,
  ): Promise<TransportResponse>;
  /** How many sockets it opens at most, if it says so: where all are open, a request that comes too soon for one waits for it. */
  readonly connections?: number;
}

/** Compose layers, outermost first. */
export const composeLayers =
  (...all: readonly Layer[]): Layer =>
  (next) =>
    all.reduceRight((inner, layer) => layer(inner), next);
