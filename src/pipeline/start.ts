import { assertAllowed } from '../config/access-policy.js';
import type { CallOptions } from '../config/request-options.js';
import type { ResolvedOptions } from '../config/resolve-options.js';
import { type ResolvedRequestOptions, resolveRequestOptions } from '../config/resolve-request-options.js';
import { NO_RETRY } from '../config/retry-options.js';
import type { Call } from '../core/call.js';
import { emitCallEnd, emitCallStart } from '../core/call-log.js';
import { createProgress } from '../core/call-progress.js';
import { addCaller, type CallSite } from '../core/call-site.js';
import type { Dialect } from '../core/dialect.js';
import type { PersonaIssue } from '../core/errors/index.js';
import type { EventEmitter } from '../core/event-emitter.js';
import type { CallMeta } from '../core/events.js';
import { monotonicNow } from '../core/monotonic-now.js';
import { RequestId } from '../core/request-id.js';
import { invalidInputError, safeParseInput } from '../core/validate.js';
import { CallSignal } from './call-signal.js';
import { type Caller, type Endpoint, isSingleRoute } from './endpoint.js';

interface StartContext {
  readonly events: EventEmitter;
  readonly options: ResolvedOptions;
  /** The request options of a call that sets none. */
  readonly defaults: ResolvedRequestOptions;
}

/** The options that a caller passed, with any type of result. */
type AnyCallOptions = Omit<CallOptions<unknown>, 'fallback'> & { readonly fallback?: unknown };

/** A call that has started: its input and options are valid and its deadline is set. `encode` sets its URL. */
export interface PendingCall<Input> {
  readonly call: Call;
  readonly caller: Caller;
  /** Options of the call, validated, without defaults. */
  readonly requestOptions: AnyCallOptions | undefined;
  /** Valid in at least one dialect. */
  readonly validatedInput: Input;
  /** The input in the form of the dialect. Set by `encode`. */
  input: Input;
  /** The dialect that `encode` used. */
  dialect: Dialect | undefined;
  /** Whether this call itself has detected or verified the dialect. */
  hasVerifiedDialect?: boolean;
  readonly options: ResolvedRequestOptions;
  readonly signal: CallSignal;
}

/**
 * Validates the input, checks the access policy, sets the deadline and emits `callStart`.
 *
 * @param requestOptions valid options.
 * @throws {PersonaValidationError} if the input is invalid, or if a header would be sent over plain HTTP.
 * @throws {PersonaPermissionError} if the access policy denies the call.
 */
export function startCall<Input, Wire, Result>(
  { options: clientOptions, events, defaults }: StartContext,
  caller: Caller,
  endpoint: Endpoint<Input, Wire, Result>,
  rawInput: Input,
  requestOptions: CallOptions<Result> | undefined,
): PendingCall<Input> {
  const { tokens, closeSignal, policy } = caller;
  const { name } = endpoint;
  const parsed = safeParseInput(endpoint.inputSchema, rawInput);
  if ('issues' in parsed) throw invalidInputError(name, parsed.issues.map(omitDataKey));
  const input = parsed.value as Input;
  const options = requestOptions
    ? resolveRequestOptions(clientOptions, defaults, requestOptions, name)
    : defaults;
  // Both routes of an endpoint have the same method.
  const { method } = isSingleRoute(endpoint.route) ? endpoint.route : endpoint.route.subresource;
  const isWrite = method !== 'GET' && method !== 'HEAD';
  if (policy.access.length > 0 && !endpoint.internal)
    assertAllowed(policy, { name, isWrite, fields: endpoint.touchedFields?.(input) ?? [] });
  if (endpoint.setsEmptyName?.(input) && policy.redactedPaths.some(({ property }) => property === 'name'))
    throw invalidInputError(name, [
      {
        path: ['name'],
        message: 'is empty, because this client redacts it. Omit it to keep the stored name',
      },
    ]);
  const { headers, deadlineMs } = options;
  const startedAt = monotonicNow();
  const signal = new CallSignal(name, startedAt, {
    deadlineMs,
    callerSignal: requestOptions?.signal,
    closeSignal,
  });
  const callId = events.nextCallId();
  const call: Call = {
    callId,
    requestId: new RequestId(events, callId, headers['x-request-id'] ?? undefined),
    identity: tokens.identity,
    epoch: tokens.epoch,
    tokens,
    name,
    method,
    isWrite,
    base: clientOptions.apiUrl,
    path: '',
    headers,
    body: undefined,
    personaId: endpoint.personaId?.(input),
    skipLayers: endpoint.skipLayers ?? NO_SKIPPED_LAYERS,
    signal,
    deadline: signal,
    timeoutMs: options.timeoutMs,
    retry: endpoint.retriesOnlyIfAsked && !requestOptions?.retry ? NO_RETRY : options.retry,
    startedAt,
    progress: createProgress(options.priority),
  };
  signal.attach(call);
  emitCallStart(events, call);
  return { call, caller, requestOptions, validatedInput: input, input, dialect: undefined, options, signal };
}

/** Stops the deadline timer and emits `callEnd` with the source of the result. */
export function endCall(
  events: EventEmitter,
  { call, signal }: PendingCall<unknown>,
  source: CallMeta['source'],
) {
  signal.end();
  emitCallEnd(events, call, { source });
}

/**
 * Stops the deadline timer and emits `callEnd` with the error.
 *
 * @throws `error`, with the caller in its stack.
 */
export function failCall(
  events: EventEmitter,
  { call, signal }: PendingCall<unknown>,
  error: unknown,
  sites: readonly (CallSite | undefined)[],
): never {
  signal.end();
  emitCallEnd(events, call, { error });
  throw addCaller(error, ...sites);
}

/** Shared by most calls, because few endpoints skip a layer. */
const NO_SKIPPED_LAYERS: readonly string[] = [];

/** Removes the `data` key from the path, because callers pass `data` as a separate argument. */
const omitDataKey = ({ path, message }: PersonaIssue): PersonaIssue => ({
  path: path[0] === 'data' && path.length > 1 ? path.slice(1) : path,
  message,
});
