import type { CacheResult } from '../cache/types.js';
import { type Call, getTimeline } from '../core/call.js';
import type { CallMeta, InvalidField } from '../core/events.js';
import { MAX_INVALID_FIELDS } from './invalid-fields.js';

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

export function toResultWithMeta<Result>({ data, call, origin }: CallResult<Result>): ResultWithMeta<Result> {
  const { status, requestId = call.requestId.value, attempts, source, ageMs } = origin;
  const invalidFields = copyInvalidFields(origin.invalidFields ?? []);
  const meta = { requestId, attempts, source, ageMs, timeline: getTimeline(call), invalidFields };
  return { data, meta: status === undefined ? meta : { status, ...meta } };
}

/** Copies the first fields, because callers share the cached ones. */
export const copyInvalidFields = (invalidFields: readonly InvalidField[]): InvalidField[] =>
  JSON.parse(JSON.stringify(invalidFields.slice(0, MAX_INVALID_FIELDS)));
