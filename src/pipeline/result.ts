import type { CacheResult, LoadResult, Validators } from '../cache/types.js';
import { type Call, getTimeline } from '../core/call.js';
import { callSafely } from '../core/call-safely.js';
import type { CallMeta, InvalidField } from '../core/events.js';
import type { HttpResponse } from '../core/response.js';
import { readCachePolicy } from './cache-control.js';
import type { Caller, Endpoint } from './endpoint.js';
import { invalidFieldsError, MAX_INVALID_FIELDS } from './invalid-fields.js';
import { redact } from './redact.js';
import type { PendingCall } from './start.js';

/** A result with its metadata. */
export interface ResultWithMeta<Result> {
  readonly data: Result;
  readonly meta: CallMeta;
}

/** Where the data of a result comes from, and how many attempts the call sent. */
type ResultOrigin = Pick<CallMeta, 'source' | 'ageMs' | 'attempts'> &
  Partial<Pick<CallMeta, 'status' | 'requestId'>> &
  Pick<CacheResult<unknown>, 'invalidFields'>;

/** The result of a call, and where its data comes from. */
export interface CallResult<Result> {
  readonly data: Result;
  readonly call: Call;
  readonly origin: ResultOrigin;
}

export const BUILT_IN_ORIGIN: ResultOrigin = { source: 'built-in', ageMs: 0, attempts: 0 };

/**
 * Redacts and transforms the data that the cache returned.
 *
 * Responses are already redacted, but personas found by reconciliation are not.
 *
 * @throws {PersonaResponseError} with `reads: 'strict'`, if the data lacks invalid fields.
 */
export function toResult<Input, Wire, Result>(
  endpoint: Endpoint<Input, Wire, Result>,
  { call, input, options }: PendingCall<Input>,
  { policy, run }: Caller,
  cached: CacheResult<Wire>,
): CallResult<Result> {
  const { invalidFields } = cached;
  if (invalidFields?.length && !endpoint.internal) {
    if (options.reads === 'strict') throw invalidFieldsError(call, cached.status, invalidFields);
    callSafely('onInvalidFields', () => options.onInvalidFields?.(copyInvalidFields(invalidFields)));
  }
  const data = endpoint.transform(redact(policy, endpoint, cached.data), input, run);
  return { data, call, origin: cached };
}

/** Redacts and transforms data that needs no request: this package contains it, or the update changes nothing. */
export const fromBuiltIn = <Input, Wire, Result>(
  endpoint: Endpoint<Input, Wire, Result>,
  { call, input }: PendingCall<Input>,
  { policy, run }: Caller,
  data: unknown,
): CallResult<Result> => ({
  data: endpoint.transform(redact(policy, endpoint, data as Wire), input, run),
  call,
  origin: BUILT_IN_ORIGIN,
});

export function toResultWithMeta<Result>({ data, call, origin }: CallResult<Result>): ResultWithMeta<Result> {
  const { status, requestId = call.requestId.value, attempts, source, ageMs } = origin;
  const invalidFields = copyInvalidFields(origin.invalidFields ?? []);
  const meta = { requestId, attempts, source, ageMs, timeline: getTimeline(call), invalidFields };
  return { data, meta: status === undefined ? meta : { status, ...meta } };
}

/** Copies the first fields, because callers share the cached ones. */
const copyInvalidFields = (invalidFields: readonly InvalidField[]): InvalidField[] =>
  JSON.parse(JSON.stringify(invalidFields.slice(0, MAX_INVALID_FIELDS)));

/** Adds the response metadata that the cache needs. */
export const toLoadResult = <Data>(
  call: Call,
  { status, headers }: HttpResponse,
  data: Data,
): LoadResult<Data> => ({
  ...readValidators(headers),
  ...readCachePolicy(headers),
  data,
  status,
  requestId: SAFE_REQUEST_ID.exec(headers.get('x-request-id') ?? '')?.[0] ?? call.requestId.value,
  attempts: call.progress.attempts,
});

/**
 * Reads the validators for the next conditional request.
 *
 * `Last-Modified` is usable only if `Date` is at least one second later (RFC 9110, section 8.8.2.2).
 */
function readValidators(headers: HttpResponse['headers']): Validators {
  const etag = headers.get('etag');
  if (etag) return { etag };
  const lastModified = headers.get('last-modified');
  if (!lastModified) return {};
  const differenceMs = Date.parse(headers.get('date') ?? '') - Date.parse(lastModified);
  return differenceMs >= 1_000 ? { lastModified } : {};
}

/** A request id that can be logged without escaping. */
const SAFE_REQUEST_ID = /^[\w.:/=+-]{1,128}$/;
