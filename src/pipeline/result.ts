import type { LoadResult, Validators } from '../cache/types.js';
import type { Call } from '../core/call.js';
import { timelineOf } from '../core/call.js';
import type { CallMeta } from '../core/events.js';
import type { HttpResponse } from '../core/response.js';

/** A result, and how it came about. */
export interface ResultWithMeta<Result> {
  readonly data: Result;
  readonly meta: CallMeta;
}

type ResultOrigin = Pick<CallMeta, 'source' | 'ageMs' | 'attempts'> &
  Partial<Pick<CallMeta, 'status' | 'requestId'>>;

/** What a call came to. Most callers want no more of it than the data. */
export interface CallResult<Result> {
  readonly data: Result;
  readonly call: Call;
  readonly from: ResultOrigin;
}

export const BUILT_IN: ResultOrigin = { source: 'built-in', ageMs: 0, attempts: 0 };

export function toResultWithMeta<Result>({ data, call, from }: CallResult<Result>): ResultWithMeta<Result> {
  const { status, requestId = call.requestId.text, attempts, source, ageMs } = from;
  const came = { requestId, attempts, source, ageMs, timeline: timelineOf(call) };
  return { data, meta: status === undefined ? came : { status, ...came } };
}

/** Data, with what else its answer says. */
export const toLoadResult = <Data>(
  call: Call,
  { status, headers }: HttpResponse,
  data: Data,
): LoadResult<Data> => ({
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
function validatorsOf(headers: HttpResponse['headers']): Validators {
  const etag = headers.get('etag');
  if (etag) return { etag };
  const lastModified = headers.get('last-modified');
  if (!lastModified) return {};
  const laterMs = Date.parse(headers.get('date') ?? '') - Date.parse(lastModified);
  return laterMs >= 1_000 ? { lastModified } : {};
}

/** What can stand in a log as it is. */
const REQUEST_ID = /^[\w.:/=+-]{1,128}$/;
