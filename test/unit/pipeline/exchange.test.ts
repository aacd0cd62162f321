import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import {
  PersonaConnectionError,
  PersonaResponseError,
  PersonaTimeoutError,
} from '../../../src/core/errors/index.js';
import { exchange } from '../../../src/pipeline/exchange.js';
import type { Attempt, Transport } from '../../../src/pipeline/layer.js';
import { fetchTransport } from '../../../src/pipeline/transport.js';
import { aborted, aCall, anAttempt, received, rejection } from '../../support/pipeline.js';

const systemError = (code: string) =>
  new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });
const through = (transport: Transport) => exchange(transport, 1_000);
const failing = (error: unknown) => through(() => Promise.reject(error));
const hanging: Transport = (_request, signal) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
const deaf: Transport = () => new Promise(() => {});
const post = (given: object = {}): Attempt =>
  anAttempt({ method: 'POST', isWrite: true, body: '{}', ...given });

describe('exchange: may the write have taken effect?', () => {
  it.each([
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'UND_ERR_CONNECT_TIMEOUT',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'ConnectionRefused',
  ])('no after %s: nothing left', async (code) => {
    const error = await rejection(failing(systemError(code))(post()));
    expect(error).toBeInstanceOf(PersonaConnectionError);
    expect(error).toMatchObject({ maybeApplied: false });
    expect(error.message).toContain(code);
    expect(error.message).toContain('Nothing was written');
  });

  it('no after a failure to connect, whatever its code; yes after the same code while reading', async () => {
    const failure = (syscall: string) =>
      new TypeError('fetch failed', {
        cause: Object.assign(new Error(syscall), { code: 'EHOSTUNREACH', syscall }),
      });
    const connecting = await rejection(failing(failure('connect'))(post()));
    expect(connecting).toMatchObject({ maybeApplied: false });
    expect(connecting.message).toContain('failed: EHOSTUNREACH, nothing was sent');
    expect(await rejection(failing(failure('read'))(post()))).toMatchObject({ maybeApplied: true });
  });

  it.each(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT'])(
    'yes after %s',
    async (code) => {
      const error = await rejection(failing(systemError(code))(post()));
      expect(error).toMatchObject({ code: 'connection_failed', maybeApplied: true });
      expect(error.message).toContain('may have taken effect');
    },
  );

  it('yes where the platform does not say why', async () => {
    for (const words of ['Failed to fetch', 'Load failed', 'NetworkError when attempting to fetch resource.'])
      expect(await rejection(failing(new TypeError(words))(post()))).toMatchObject({ maybeApplied: true });
  });

  it('no when every address refused, yes when one may have heard', async () => {
    const all = (...codes: string[]) =>
      new TypeError('fetch failed', {
        cause: new AggregateError(codes.map((code) => Object.assign(new Error(code), { code }))),
      });
    expect(await rejection(failing(all('ECONNREFUSED', 'ECONNREFUSED'))(post()))).toMatchObject({
      maybeApplied: false,
    });
    expect(await rejection(failing(all('ECONNREFUSED', 'ECONNRESET'))(post()))).toMatchObject({
      maybeApplied: true,
    });
  });

  it('never for a read', async () => {
    expect(await rejection(failing(systemError('ECONNRESET'))(anAttempt()))).toMatchObject({
      maybeApplied: false,
    });
  });

  it('is not forgotten by a later attempt that never left', async () => {
    const attempt = post();
    await rejection(failing(systemError('ECONNRESET'))(attempt));
    expect(await rejection(failing(systemError('ECONNREFUSED'))(attempt))).toMatchObject({
      maybeApplied: true,
    });
  });

  it('no after a 4xx, yes after a 5xx', async () => {
    for (const [status, maybe] of [
      [400, false],
      [404, false],
      [429, false],
      [500, true],
      [503, true],
      [200, true],
    ] as const) {
      const attempt = post();
      await through(async () => received(status))(attempt);
      expect(attempt.call.progress.maybeApplied).toBe(maybe);
    }
  });

  it('yes when the call ends in the middle of it', async () => {
    const { call, end } = aCall({ method: 'PUT', isWrite: true });
    const ending = through(hanging)({ call, number: 1, headers: {} });
    expect(call.progress).toMatchObject({ attempts: 1, maybeApplied: true });
    end.abort(aborted(call));
    expect(await rejection(ending)).toMatchObject({ code: 'aborted', maybeApplied: true });
  });
});

describe('exchange: time and size', () => {
  it.each([
    ['heeds the signal', hanging],
    ['does not', deaf],
  ])('ends after timeoutMs, whether the transport %s', async (_name, transport) => {
    const error = await rejection(through(transport)(post({ timeoutMs: 20 })));
    expect(error).toBeInstanceOf(PersonaTimeoutError);
    expect(error).toMatchObject({ scope: 'attempt', maybeApplied: true });
    expect(error.message).toContain('20 ms');
  });

  it('refuses to read more than it may', async () => {
    const fetch = async () => new Response('x'.repeat(1_001), { status: 200 });
    const error = await rejection(exchange(fetchTransport(fetch), 1_000)(anAttempt()));
    expect(error).toBeInstanceOf(PersonaResponseError);
    expect(error.message).toContain('1000 bytes');
    const fits = async () => new Response('x'.repeat(1_000));
    expect((await exchange(fetchTransport(fits), 1_000)(anAttempt())).text).toHaveLength(1_000);
  });

  it('cancels what it does not read to the end, and lets go of the call', async () => {
    let cancelled = false;
    const body = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(600)),
      cancel: () => {
        cancelled = true;
      },
    });
    const attempt = anAttempt();
    await rejection(
      exchange(
        fetchTransport(async () => new Response(body)),
        1_000,
      )(attempt),
    );
    expect(cancelled).toBe(true);
    expect(getEventListeners(attempt.call.signal as AbortSignal, 'abort')).toEqual([]);
  });

  it('lets a mistake in the program through as it is', async () => {
    const bug = new ReferenceError('fetsh is not defined');
    expect(await rejection(failing(bug)(anAttempt()))).toBe(bug);
  });

  it('never follows a redirect', async () => {
    const seen: RequestInit[] = [];
    const transport = fetchTransport(async (_url, init) => {
      seen.push(init ?? {});
      return new Response(null, { status: 307, headers: { location: 'http://elsewhere.test/' } });
    });
    expect((await exchange(transport, 1_000)(post())).status).toBe(307);
    expect(seen).toEqual([expect.objectContaining({ redirect: 'manual', method: 'POST', body: '{}' })]);
  });
});
