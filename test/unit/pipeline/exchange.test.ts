import { getEventListeners } from 'node:events';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  PersonaAbortError,
  PersonaConnectionError,
  PersonaResponseError,
  PersonaTimeoutError,
} from '../../../src/core/errors/index.js';
import { exchange } from '../../../src/pipeline/exchange.js';
import { createFetchTransport, resolveTransport } from '../../../src/pipeline/fetch-transport.js';
import type { Attempt, Transport } from '../../../src/pipeline/layer.js';
import { expectRejection } from '../../support/failures.js';
import { abortError, createAttempt, createCall, createTransportResponse } from '../../support/pipeline.js';

const MAX_BYTES = 1_000;

const systemError = (code: string, syscall?: string) =>
  Object.assign(new Error(code), { code, ...(syscall === undefined ? {} : { syscall }) });
const fetchFailed = (cause: Error) => new TypeError('fetch failed', { cause });

const sendWith = (transport: Transport) => exchange(transport, MAX_BYTES);
const failWith = (error: unknown) => sendWith(() => Promise.reject(error));
/** Responds never, and rejects on abort. */
const hangingTransport: Transport = (_request, signal) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
/** Responds never, and ignores the signal. */
const deafTransport: Transport = () => new Promise(() => {});

const createPost = (overrides: object = {}): Attempt =>
  createAttempt({ method: 'POST', isWrite: true, body: '{}', ...overrides });

const connectionErrorAfter = (error: Error, attempt = createPost()) =>
  expectRejection(PersonaConnectionError, failWith(error)(attempt));

describe('exchange: maybeApplied', () => {
  it.each([
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'UND_ERR_CONNECT_TIMEOUT',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'ConnectionRefused',
  ])('is false after %s, since nothing was sent', async (code) => {
    const error = await connectionErrorAfter(fetchFailed(systemError(code)));
    expect(error.maybeApplied).toBe(false);
    expect(error.message).toContain(code);
    expect(error.message).toContain('Nothing was written');
  });

  it('is false after EHOSTUNREACH on connect, and true after EHOSTUNREACH on read', async () => {
    const connectError = await connectionErrorAfter(fetchFailed(systemError('EHOSTUNREACH', 'connect')));
    expect(connectError.maybeApplied).toBe(false);
    expect(connectError.message).toContain('failed: EHOSTUNREACH, nothing was sent');
    const readError = await connectionErrorAfter(fetchFailed(systemError('EHOSTUNREACH', 'read')));
    expect(readError.maybeApplied).toBe(true);
  });

  it.each(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT'])(
    'is true after %s',
    async (code) => {
      const error = await connectionErrorAfter(fetchFailed(systemError(code)));
      expect(error).toMatchObject({ code: 'connection_failed', maybeApplied: true });
      expect(error.message).toContain('may have taken effect');
    },
  );

  it.each(['Failed to fetch', 'Load failed', 'NetworkError when attempting to fetch resource.'])(
    'is true after a network error without a code: %s',
    async (message) => {
      expect((await connectionErrorAfter(new TypeError(message))).maybeApplied).toBe(true);
    },
  );

  it('is false if every address refused the connection, and true if one may have accepted it', async () => {
    const failedAddresses = (...codes: string[]) =>
      fetchFailed(new AggregateError(codes.map((code) => systemError(code))));
    const allRefused = await connectionErrorAfter(failedAddresses('ECONNREFUSED', 'ECONNREFUSED'));
    expect(allRefused.maybeApplied).toBe(false);
    const oneReset = await connectionErrorAfter(failedAddresses('ECONNREFUSED', 'ECONNRESET'));
    expect(oneReset.maybeApplied).toBe(true);
  });

  it('is false if fetch forbids the port', async () => {
    const error = await connectionErrorAfter(fetchFailed(new Error('bad port')));
    expect(error.maybeApplied).toBe(false);
    expect(error.message).toContain('fetch forbids this port, nothing was sent');
  });

  it('is false for a read', async () => {
    const error = await connectionErrorAfter(fetchFailed(systemError('ECONNRESET')), createAttempt());
    expect(error.maybeApplied).toBe(false);
  });

  it('stays true if a later attempt was not sent', async () => {
    const attempt = createPost();
    await connectionErrorAfter(fetchFailed(systemError('ECONNRESET')), attempt);
    const error = await connectionErrorAfter(fetchFailed(systemError('ECONNREFUSED')), attempt);
    expect(error.maybeApplied).toBe(true);
  });

  it.each([
    [200, true],
    [400, false],
    [404, false],
    [429, false],
    [500, true],
    [503, true],
  ])('after a %i is %s', async (status, expected) => {
    const attempt = createPost();
    await sendWith(async () => createTransportResponse(status))(attempt);
    expect(attempt.call.progress.maybeApplied).toBe(expected);
  });

  it('is true if the call aborts during the exchange', async () => {
    const { call, controller } = createCall({ method: 'PUT', isWrite: true });
    const sending = sendWith(hangingTransport)({ call, number: 1 });
    expect(call.progress).toMatchObject({ attempts: 1, maybeApplied: true });
    controller.abort(abortError(call));
    const error = await expectRejection(PersonaAbortError, sending);
    expect(error).toMatchObject({ code: 'aborted', maybeApplied: true });
  });
});

describe('exchange: limits', () => {
  it.each([
    ['rejects on abort', hangingTransport],
    ['ignores the signal', deafTransport],
  ])('times out after timeoutMs if the transport %s', async (_name, transport) => {
    const error = await expectRejection(
      PersonaTimeoutError,
      sendWith(transport)(createPost({ timeoutMs: 20 })),
    );
    expect(error).toMatchObject({ scope: 'attempt', maybeApplied: true });
    expect(error.message).toContain('20 ms');
  });

  it('fails if the body exceeds maxResponseBytes', async () => {
    const tooLarge = createFetchTransport(async () => new Response('x'.repeat(MAX_BYTES + 1)));
    const error = await expectRejection(PersonaResponseError, sendWith(tooLarge)(createAttempt()));
    expect(error.message).toContain('1000 bytes');
    const largest = createFetchTransport(async () => new Response('x'.repeat(MAX_BYTES)));
    expect((await sendWith(largest)(createAttempt())).text).toHaveLength(MAX_BYTES);
  });

  it('cancels a body that is too large, and removes its abort listener', async () => {
    let canceled = false;
    const body = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(600)),
      cancel: () => {
        canceled = true;
      },
    });
    const attempt = createAttempt();
    const transport = createFetchTransport(async () => new Response(body));
    await expectRejection(PersonaResponseError, sendWith(transport)(attempt));
    expect(canceled).toBe(true);
    expect(getEventListeners(attempt.call.signal as AbortSignal, 'abort')).toEqual([]);
  });

  it('does not follow redirects', async () => {
    const sent: RequestInit[] = [];
    const transport = createFetchTransport(async (_url, init) => {
      sent.push(init ?? {});
      return new Response(null, { status: 307, headers: { location: 'http://elsewhere.test/' } });
    });
    expect((await sendWith(transport)(createPost())).status).toBe(307);
    expect(sent).toEqual([expect.objectContaining({ redirect: 'manual', method: 'POST', body: '{}' })]);
  });
});

describe('exchange: whatever the transport rejects with', () => {
  it.each([
    ['a text', 'broken'],
    ['undefined', undefined],
    ['an object', { status: 500 }],
    ['an Error without a code', new Error('Network connection lost.')],
    ['a programming error', new ReferenceError('fetsh is not defined')],
    ['an unknown code', Object.assign(new TypeError('x'), { code: 'Malformed_HTTP_Response' })],
    ['a DOMException', new DOMException('The operation was aborted.', 'AbortError')],
  ])('is a failed exchange: %s', async (_name, thrown) => {
    const error = await expectRejection(PersonaConnectionError, failWith(thrown)(createPost()));
    expect(error).toMatchObject({ code: 'connection_failed', maybeApplied: true });
    expect(error.cause).toBeInstanceOf(Error);
    expect(error.cause).not.toBe(thrown);
  });

  it('passes through unchanged if it is the control-flow error of a framework', async () => {
    const thrown = Object.assign(new Error('Dynamic server usage'), { digest: 'DYNAMIC_SERVER_USAGE' });
    expect(await expectRejection(Error, failWith(thrown)(createAttempt()))).toBe(thrown);
  });

  it('surfaces a bug that follows the exchange', async () => {
    const attempt = sendWith(async () => undefined as never)(createAttempt());
    await expectRejection(TypeError, attempt);
  });
});

describe('exchange: a fetch of the application', () => {
  const rejectWith = (thrown: unknown) => resolveTransport(() => Promise.reject(thrown));
  class TenantError extends Error {
    readonly tenant = 'acme';
    readonly code = 'TENANT_SUSPENDED';
  }

  it.each([
    ['an Error', new Error('the tunnel is down')],
    ['a class of its own', new TenantError('suspended')],
    ['a cause that is its own', new Error('outer', { cause: new TenantError('inner') })],
    ['a text', 'the tunnel is down'],
  ])('rejects with the cause itself: %s', async (_name, thrown) => {
    const error = await expectRejection(
      PersonaConnectionError,
      sendWith(rejectWith(thrown))(createAttempt()),
    );
    expect(error.cause).toBe(thrown);
    expect(error.message).toMatch(
      /failed: (?:TENANT_SUSPENDED|the `fetch` option rejected, see the cause)\./,
    );
  });

  it.each([
    ['a platform class', new TypeError('Headers.append: "SECRET" is an invalid header value.')],
    ['the text of a body', new SyntaxError('Unexpected token S, "SECRET" is not valid JSON')],
    [
      'a parser error',
      Object.assign(new Error('Parse Error'), { code: 'HPE_INVALID_CONSTANT', data: 'SECRET' }),
    ],
    ['raw bytes', Object.assign(new Error('x'), { rawPacket: Buffer.from('SECRET') })],
    ['data without a code', Object.assign(new TenantError('x'), { data: 'SECRET' })],
    ['an object', Object.assign(new TenantError('x'), { config: { headers: { authorization: 'SECRET' } } })],
    ['a wrapped platform error', new TenantError('x', { cause: new TypeError('SECRET') })],
    ['no Error', { headers: 'SECRET' }],
  ])('rejects with a new error instead of %s', async (_name, thrown) => {
    const error = await expectRejection(
      PersonaConnectionError,
      sendWith(rejectWith(thrown))(createAttempt()),
    );
    expect(error.cause).not.toBe(thrown);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('SECRET');
  });

  it.each([
    ['Response.error()', Response.error()],
    ['a status that only some platforms reject', { status: 101, headers: new Headers(), body: null }],
    ['a status of 000', { status: 0, headers: new Headers(), body: null, type: 'default' }],
  ])('that returns %s fails with a PersonaConnectionError', async (_name, value) => {
    const transport = resolveTransport(async () => value as never);
    const error = await expectRejection(PersonaConnectionError, sendWith(transport)(createPost()));
    expect(error.maybeApplied).toBe(true);
    expect(error.message).toContain('ERR_HTTP_INVALID_STATUS_CODE');
    expect(error.cause).toMatchObject({ message: 'The response is not valid HTTP.' });
  });

  it('keeps the position of a bug, without its message', async () => {
    const transport = resolveTransport(async function brokenFetch() {
      throw new TypeError('SECRET');
    });
    const { cause } = await expectRejection(PersonaConnectionError, sendWith(transport)(createAttempt()));
    expect((cause as Error).stack).toMatch(/^TypeError: .*\n +at .*brokenFetch/);
    expect((cause as Error).stack).not.toContain('SECRET');
  });

  it('is the platform if it is the global fetch', async () => {
    const thrown = new Error('SECRET');
    vi.stubGlobal('fetch', () => Promise.reject(thrown));
    onTestFinished(() => void vi.unstubAllGlobals());
    for (const transport of [resolveTransport(globalThis.fetch), resolveTransport(undefined)]) {
      const error = await expectRejection(PersonaConnectionError, sendWith(transport)(createAttempt()));
      expect(inspect(error, { depth: 9 })).not.toContain('SECRET');
    }
  });

  it.each([undefined, null, {}, 'text', { status: 200 }, { status: '200', headers: new Headers() }])(
    'that returns %o fails with a PersonaResponseError',
    async (value) => {
      const transport = resolveTransport(async () => value as never);
      const error = await expectRejection(PersonaResponseError, sendWith(transport)(createPost()));
      expect(error.message).toContain('the `fetch` option did not return a Response');
      expect(error).toMatchObject({ code: 'invalid_response', status: 0, maybeApplied: true });
    },
  );
});
