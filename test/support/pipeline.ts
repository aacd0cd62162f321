import { type Bearer, type Call, errorDetails } from '../../src/core/call.js';
import { createProgress } from '../../src/core/call-progress.js';
import {
  PersonaAbortError,
  PersonaConnectionError,
  type PersonaError,
  PersonaTimeoutError,
} from '../../src/core/errors/index.js';
import { RequestId } from '../../src/core/request-id.js';
import { HttpResponse, type TransportResponse } from '../../src/core/response.js';
import type { Attempt } from '../../src/pipeline/layer.js';

export const createTransportResponse = (
  status: number,
  body: unknown = {},
  headers: Record<string, string> = {},
): TransportResponse => ({
  status,
  headers: new Headers(headers),
  content: typeof body === 'string' ? body : JSON.stringify(body),
});

export const createResponse = (...args: Parameters<typeof createTransportResponse>): HttpResponse =>
  new HttpResponse(createTransportResponse(...args));

const NO_TOKEN: Bearer = { epoch: 1, token: undefined };

/** Creates an encoded call, and the controller that aborts it. */
export function createCall(overrides: Partial<Call> = {}): { call: Call; controller: AbortController } {
  const controller = new AbortController();
  const method = overrides.method ?? 'GET';
  const call: Call = {
    callId: 1,
    requestId: new RequestId({ generateRequestId: () => 'call-1' }, 1),
    identity: 'user-1',
    epoch: NO_TOKEN.epoch,
    tokens: {
      identity: 'user-1',
      epoch: NO_TOKEN.epoch,
      prepare: () => undefined,
      getToken: () => NO_TOKEN,
      replaceToken: async () => NO_TOKEN,
      onReplacementRejected: () => {},
    },
    name: 'personas.get',
    method,
    isWrite: method !== 'GET',
    base: 'http://service.test/api/v1',
    path: '/personas/1',
    headers: { accept: 'application/json' },
    personaId: 1,
    skipLayers: [],
    signal: controller.signal,
    deadline: { expiresAt: performance.now() + 60_000 },
    timeoutMs: 10_000,
    retry: { limit: 3, backoffMs: 500, maxBackoffMs: 30_000 },
    startedAt: performance.now(),
    progress: createProgress(),
    ...overrides,
  };
  return { call, controller };
}

/** Creates the first attempt of a call. */
export const createAttempt = (overrides: Partial<Call> = {}): Attempt => {
  const { call } = createCall(overrides);
  return { call, number: 1 };
};

export const connectionRefused = (call: Call): PersonaError =>
  new PersonaConnectionError('ECONNREFUSED', { ...errorDetails(call), maybeApplied: false });

export const connectionReset = (call: Call): PersonaError =>
  new PersonaConnectionError('ECONNRESET', { ...errorDetails(call), maybeApplied: call.isWrite });

export const timeoutError = (call: Call, scope: 'attempt' | 'deadline' = 'attempt'): PersonaError =>
  new PersonaTimeoutError('timed out', { ...errorDetails(call), scope });

export const abortError = (call: Call): PersonaError => new PersonaAbortError('aborted', errorDetails(call));

/** Creates a promise with its `resolve` and `reject`. */
export function deferred<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<T>((resolvePromise, rejectPromise) => {
    resolve = resolvePromise;
    reject = rejectPromise;
  });
  return { promise, resolve, reject };
}
