import type { Loaded, Source, Validators } from '../cache/types.js';
import type { TimelineEntry } from '../events.js';
import type { Answer } from './answer.js';
import { timelineOf } from './call.js';
import type { Call } from './types.js';

/** How a result came about. */
export interface CallMeta {
  /** The status of the answer; absent where no request was needed. */
  readonly status?: number;
  /** The id to find the request by in the service's logs. */
  readonly requestId: string;
  /** Attempts made for this result. 0 for one from the cache. */
  readonly attempts: number;
  /** Where the data comes from: the network, a shared read, the cache, or a look after a lost answer; your `fallback`; or what is built in, where the service has no such route. */
  readonly source: Source | 'fallback' | 'built-in';
  /** How old the data is. More than 0 only for `cache` and `stale`. */
  readonly ageMs: number;
  /** What happened, in order, with the milliseconds since the call began and until its deadline. */
  readonly timeline: readonly TimelineEntry[];
}

/** A result, and how it came about. */
export interface Outcome<Result> {
  readonly data: Result;
  readonly meta: CallMeta;
}

type Provenance = Pick<CallMeta, 'source' | 'ageMs' | 'attempts'> &
  Partial<Pick<CallMeta, 'status' | 'requestId'>>;

/** What a call came to. Most callers want no more of it than the data. */
export interface Arrived<Result> {
  readonly data: Result;
  readonly call: Call;
  readonly from: Provenance;
}

export const BUILT_IN: Provenance = { source: 'built-in', ageMs: 0, attempts: 0 };

export function outcomeOf<Result>({ data, call, from }: Arrived<Result>): Outcome<Result> {
  const { status, requestId = call.requestId.text, attempts, source, ageMs } = from;
  const came = { requestId, attempts, source, ageMs, timeline: timelineOf(call) };
  return { data, meta: status === undefined ? came : { status, ...came } };
}

/** Data, with what else its answer says. */
export const loadedOf = <Data>(call: Call, { status, headers }: Answer, data: Data): Loaded<Data> => ({
  ...validatorsOf(headers),
  data,
  status,
  requestId: REQUEST_ID.exec(headers.get('x-request-id') ?? '')?.[0] ?? call.requestId.text,
  attempts: call.progress.attempts,
  storable: !/\bno-store\b/i.test(headers.get('cache-control') ?? ''),
});

/**
 * What the next request can ask by. A time tells two states apart only if the answer came in a later second than the
 * change (RFC 9110, 8.8.2.2).
 */
function validatorsOf(headers: Answer['headers']): Validators {
  const etag = headers.get('etag');
  if (etag) return { etag };
  const lastModified = headers.get('last-modified');
  if (!lastModified) return {};
  const laterMs = Date.parse(headers.get('date') ?? '') - Date.parse(lastModified);
  return laterMs >= 1_000 ? { lastModified } : {};
}

/** What can stand in a log as it is. */
const REQUEST_ID = /^[\w.:/=+-]{1,128}$/;
