import type { CacheResult, Validators } from '../cache/types.js';
import { type Call, getTimeline } from '../core/call.js';
import { callSafely } from '../core/call-safely.js';
import type { CallMeta, InvalidField } from '../core/events.js';
import type { Endpoint } from './endpoint.js';
import { invalidFieldsError, MAX_INVALID_FIELDS } from './invalid-fields.js';
import type { PendingCall } from './start.js';

/** A result with its metadata. */
export interface ResultWithMeta<Result> {
  /** What the method without `withMeta` returns. */
  readonly data: Result;
  /** Where the data comes from, and what the call did. */
  readonly meta: CallMeta;
}

/** Where the data of a result comes from, and how many attempts the call sent. */
interface ResultOrigin
  extends Pick<CallMeta, 'source' | 'ageMs' | 'attempts'>,
    Partial<Pick<CallMeta, 'status' | 'requestId'>>,
    Pick<CacheResult<unknown>, 'invalidFields'>,
    Pick<Validators, 'etag'> {}

/** The result of a call, and where its data comes from. */
export interface CallResult<Result> {
  readonly data: Result;
  readonly call: Call;
  readonly origin: ResultOrigin;
}

/** The data of a response, and where it comes from. */
export interface CallData<Wire> extends ResultOrigin {
  readonly data: Wire;
}

export const BUILT_IN_ORIGIN: ResultOrigin = { source: 'built-in', ageMs: 0, attempts: 0 };

/**
 * Transforms the data of a call into its result. The loader has already redacted the data.
 *
 * @throws {PersonaResponseError} with `reads: 'strict'`, if the loader has omitted invalid fields.
 */
export function toResult<Input, Wire, Result>(
  endpoint: Endpoint<Input, Wire, Result>,
  { call, caller, input, options }: PendingCall<Input>,
  origin: CallData<Wire>,
): CallResult<Result> {
  const { invalidFields } = origin;
  if (invalidFields?.length && !endpoint.internal) {
    if (options.reads === 'strict') throw invalidFieldsError(call, origin.status ?? 200, invalidFields);
    callSafely('onInvalidFields', () => options.onInvalidFields?.(copyInvalidFields(invalidFields)));
  }
  return { data: endpoint.transform(origin.data, input, caller.run, call, origin), call, origin };
}

export const toData = <Result>({ data }: CallResult<Result>): Result => data;

export function toResultWithMeta<Result>({ data, call, origin }: CallResult<Result>): ResultWithMeta<Result> {
  const { status, requestId = call.requestId.value, attempts, source, ageMs } = origin;
  const invalidFields = copyInvalidFields(origin.invalidFields ?? []);
  const meta = { requestId, attempts, source, ageMs, timeline: getTimeline(call), invalidFields };
  return { data, meta: status === undefined ? meta : { status, ...meta } };
}

/** Copies the first fields, because callers share the cached ones. */
export const copyInvalidFields = (invalidFields: readonly InvalidField[]): InvalidField[] =>
  JSON.parse(JSON.stringify(invalidFields.slice(0, MAX_INVALID_FIELDS)));
