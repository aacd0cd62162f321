import type { Bearer, Call } from '../../src/core/call.js';
import { errorDetails, newProgress } from '../../src/core/call.js';
import {
  PersonaAbortError,
  PersonaConnectionError,
  type PersonaError,
  PersonaTimeoutError,
} from '../../src/core/errors/index.js';
import { RequestId } from '../../src/core/request-id.js';
import { HttpResponse, type TransportResponse } from '../../src/core/response.js';
import type { Attempt } from '../../src/pipeline/layer.js';

export const received = (
  status: number,
  body: unknown = {},
  headers: Record<string, string> = {},
): TransportResponse => ({
  status,
  headers: new Headers(headers),
  bytes: new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body)),
});

export const answer = (...what: Parameters<typeof received>): HttpResponse =>
  new HttpResponse(received(...what));

const NO_TOKEN: Bearer = { identity: 'somebody', token: undefined };

/** A call as `encode` makes it, and the controller that ends it. */
export function aCall(given: Partial<Call> = {}): { call: Call; end: AbortController } {
  const end = new AbortController();
  const method = given.method ?? 'GET';
  const call: Call = {
    callId: 1,
    requestId: new RequestId('call-1'),
    identity: 'somebody',
    tokens: { identity: 'somebody', current: () => NO_TOKEN, replace: async () => NO_TOKEN },
    name: 'personas.get',
    method,
    isWrite: method !== 'GET',
    base: 'http://service.test/api/v1',
    path: '/personas/1',
    headers: { accept: 'application/json' },
    personaId: 1,
    skipLayers: [],
    signal: end.signal,
    deadline: { at: performance.now() + 60_000 },
    timeoutMs: 10_000,
    retry: { limit: 3, backoffMs: 500, maxBackoffMs: 30_000 },
    startedAt: performance.now(),
    progress: newProgress(),
    ...given,
  };
  return { call, end };
}

export const anAttempt = (given: Partial<Call> = {}): Attempt => {
  const { call } = aCall(given);
  return { call, number: 1, headers: call.headers };
};

export const refused = (call: Call): PersonaError =>
  new PersonaConnectionError('ECONNREFUSED', { ...errorDetails(call), maybeApplied: false });
export const cut = (call: Call): PersonaError =>
  new PersonaConnectionError('ECONNRESET', { ...errorDetails(call), maybeApplied: call.isWrite });
export const timedOut = (call: Call, scope: 'attempt' | 'deadline' = 'attempt'): PersonaError =>
  new PersonaTimeoutError('too slow', { ...errorDetails(call), scope });
export const aborted = (call: Call): PersonaError => new PersonaAbortError('gone', errorDetails(call));

/** A promise with its handles. */
export function deferred<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** What a promise rejects with; a failure of the test when it does not. */
export async function rejection(promise: Promise<unknown>): Promise<PersonaError> {
  const settled = await promise.then(
    (value) => ({ value }),
    (error: PersonaError) => ({ error }),
  );
  if ('error' in settled) return settled.error;
  throw new Error(`expected a rejection, got ${JSON.stringify(settled.value)}`);
}
