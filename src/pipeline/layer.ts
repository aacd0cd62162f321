import type { AbortSignalLike } from '../core/abort.js';
import type { Call, Method } from '../core/call.js';
import type { HttpResponse, TransportResponse } from '../core/response.js';

/** One attempt of a call. */
export interface Attempt {
  readonly call: Call;
  /** Sequence number within the call, starting at 1. */
  readonly number: number;
  /** Set by `authorize`. */
  readonly token?: string | undefined;
}

/** Sends an attempt. Resolves for every status; rejects if there is no usable response. */
export type Send = (attempt: Attempt) => Promise<HttpResponse>;

/** Middleware around a {@link Send}. */
export type Layer = (next: Send) => Send;

/** Checked when an attempt gets a slot. If `isHeld` is true, the attempt releases the slot, and `resend` sends it later. */
export interface HoldRules {
  readonly isHeld: (call: Call) => boolean;
  readonly resend: Send;
}

/** Limits how many attempts `next` sends at a time. */
export type Limiter = (next: Send, hold?: HoldRules) => Send;

/** Sends one request and reads the whole body. Does not follow redirects. Rejects if the body exceeds `maxBytes`. */
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
    onSend?: () => void,
    /** Called when the status has arrived. The request was then sent, whatever error follows. */
    onStatus?: (status: number) => void,
  ): Promise<TransportResponse>;
  /**
   * Completes the sentence `no connection …`: to the service, or through a proxy. A transport with this method calls `onSend`
   * before it writes the first byte of a request.
   */
  readonly describeRoute?: (url: string) => string;
  /** Size of a bounded connection pool. More requests than that wait for a free connection. */
  readonly connections?: number;
  /** Calls a `fetch` of the application, so an error may be the application's own. */
  readonly isCustom?: boolean;
  /** Whether there is a `fetch` to call. Absent if there always is. */
  readonly hasFetch?: () => boolean;
}

/** Composes layers, outermost first. */
export const composeLayers =
  (...layers: readonly Layer[]): Layer =>
  (next) =>
    layers.reduceRight((inner, layer) => layer(inner), next);
