import type { Fault } from 'persona-client/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { PERSONAS_PATH } from '../../support/personas.js';
import type { Json } from '../../support/sender.js';
import { startServiceWithSender } from './helpers.js';
import { rawConnection, rawExchange } from './raw-http.js';

const GET = `GET ${PERSONAS_PATH} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

/** Starts a service that the test calls over a socket and in process. */
async function startWithTransports() {
  const { service, url, port, send } = await startServiceWithSender();
  const transports = [
    { transport: 'socket', fetch: (path: string, init?: RequestInit) => fetch(`${url}${path}`, init) },
    {
      transport: 'in process',
      fetch: (path: string, init?: RequestInit) => service.fetch(`http://x${path}`, init),
    },
  ];
  return { service, port, send, transports };
}

describe('faults', () => {
  it('status replaces status, headers, and body of the response', async () => {
    const { service, transports } = await startWithTransports();
    service.faults.add({ status: 429, body: '<h1>slow down</h1>', headers: { 'retry-after': '2' } });
    for (const { fetch } of transports) {
      const response = await fetch(PERSONAS_PATH);
      expect(response.status).toBe(429);
      expect(response.headers.get('retry-after')).toBe('2');
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(await response.text()).toBe('<h1>slow down</h1>');
    }
  });

  it('status accepts an empty body, another content type, bytes, and a status without a body', async () => {
    const { service, transports } = await startWithTransports();
    for (const { fetch } of transports) {
      service.faults.add({ status: 503, times: 1 });
      service.faults.add({ status: 200, body: '{"cut', contentType: 'application/json', times: 1 });
      service.faults.add({ status: 200, body: new Uint8Array([0xff, 0x00]), times: 1 });
      service.faults.add({ status: 204, times: 1 });
      const empty = await fetch(PERSONAS_PATH);
      expect([empty.status, empty.headers.get('content-type'), await empty.text()]).toEqual([503, null, '']);
      const broken = await fetch(PERSONAS_PATH);
      expect(broken.headers.get('content-type')).toBe('application/json');
      await expect(broken.json()).rejects.toThrow(SyntaxError);
      expect([...new Uint8Array(await (await fetch(PERSONAS_PATH)).arrayBuffer())]).toEqual([0xff, 0x00]);
      expect((await fetch(PERSONAS_PATH)).status).toBe(204);
      expect((await fetch(PERSONAS_PATH)).status).toBe(200);
    }
  });

  it('reset ends the connection without a response, and does not run the handler', async () => {
    const { service, port, transports, send } = await startWithTransports();
    service.faults.add({ reset: true, match: { method: 'DELETE' } });
    for (const { fetch } of transports) {
      await expect(fetch(`${PERSONAS_PATH}/1`, { method: 'DELETE' })).rejects.toThrow(TypeError);
    }
    expect((await send('GET', `${PERSONAS_PATH}/1`)).status).toBe(200);
    service.faults.add({ reset: true });
    expect(await rawExchange(port, GET)).toEqual({ received: '', reset: true });
  });

  it('dropAfterBytes sends headers and the first bytes of the real body, then ends the connection', async () => {
    const { service, port, transports } = await startWithTransports();
    service.faults.add({ dropAfterBytes: 12 });
    const { received } = await rawExchange(port, GET);
    const [head = '', body = ''] = received.split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(body).toBe('{"page":1,"p');
    expect(Number(/content-length: (\d+)/i.exec(head)?.[1])).toBeGreaterThan(100);
    for (const { fetch } of transports) {
      const response = await fetch(PERSONAS_PATH);
      expect(response.status).toBe(200);
      await expect(response.text()).rejects.toThrow(TypeError);
    }
  });

  it.each([0, 1_000_000])('dropAfterBytes %i never sends the complete body', async (dropAfterBytes) => {
    const { service, transports } = await startWithTransports();
    service.faults.add({ dropAfterBytes });
    for (const { fetch } of transports) {
      const response = await fetch('/health');
      await expect(response.text()).rejects.toThrow(TypeError);
    }
  });

  it('stall sends headers, then nothing until the client disconnects', async () => {
    const { service, transports } = await startWithTransports();
    service.faults.add({ stall: true });
    for (const { fetch } of transports) {
      const controller = new AbortController();
      const response = await fetch(PERSONAS_PATH, { signal: controller.signal });
      expect(response.status).toBe(200);
      const text = response.text();
      controller.abort();
      await expect(text).rejects.toMatchObject({ name: 'AbortError' });
    }
  });

  it('stall ends when the service closes, in process', async () => {
    const { service } = await startServiceWithSender();
    service.faults.add({ stall: true });
    const response = await service.fetch(`http://x${PERSONAS_PATH}`);
    const text = response.text();
    await service.close();
    await expect(text).rejects.toThrow(/closed/);
  });

  it('delayMs delays a request, and an abort ends the delay', async () => {
    const { service, transports } = await startWithTransports();
    for (const { fetch } of transports) {
      service.faults.add({ delayMs: 40, times: 1 });
      const before = performance.now();
      expect((await fetch('/health')).status).toBe(200);
      expect(performance.now() - before).toBeGreaterThanOrEqual(39);
      service.faults.add({ delayMs: 3_600_000, times: 1 });
      const controller = new AbortController();
      const { length } = service.requests;
      const response = fetch(`${PERSONAS_PATH}/1`, { method: 'DELETE', signal: controller.signal });
      await expect.poll(() => service.requests.length).toBe(length + 1);
      controller.abort();
      await expect(response).rejects.toMatchObject({ name: 'AbortError' });
    }
    expect((await service.fetch(`http://x${PERSONAS_PATH}/1`)).status).toBe(200);
  });

  it('a disconnect ends the delay, and the handler does not run', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const { service, port } = await startServiceWithSender();
    service.faults.add({ delayMs: 1000 });
    const connection = rawConnection(port);
    connection.write(GET);
    await expect.poll(() => vi.getTimerCount()).toBe(1);
    connection.destroy();
    await expect.poll(() => vi.getTimerCount()).toBe(0);
    expect(service.requests).toMatchObject([{ status: null }]);
  });

  it('an abort in process clears the timer', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const { service } = await startServiceWithSender({ latencyMs: 1000 });
    const controller = new AbortController();
    const response = service.fetch('http://x/health', { signal: controller.signal });
    await expect.poll(() => vi.getTimerCount()).toBe(1);
    controller.abort();
    await expect(response).rejects.toMatchObject({ name: 'AbortError' });
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each<Fault>([
    { status: 502, afterWrite: true, times: 1 },
    { reset: true, afterWrite: true, times: 1 },
    { stall: true, afterWrite: true, times: 1 },
    { dropAfterBytes: 3, times: 1 },
  ])('afterWrite stores the persona, but the client gets no success: %o', async (fault) => {
    const { service, send } = await startServiceWithSender({ seed: false });
    service.faults.add(fault);
    const connection = new AbortController();
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"name":"stored"}',
    };
    const response = service.fetch(`http://x${PERSONAS_PATH}`, { ...init, signal: connection.signal });
    const outcome = response.then(
      ({ status }) => status,
      (error: unknown) => error,
    );
    expect(await outcome).not.toBeUndefined();
    connection.abort();
    const { body } = await send('GET', PERSONAS_PATH);
    expect((body.personas as Json[]).map(({ name }) => name)).toEqual(['stored']);
  });

  it.each<Fault>([
    { status: 500, times: 1 },
    { reset: true, times: 1 },
    { stall: true, times: 1 },
  ])('does not run the handler without afterWrite: %o', async (fault) => {
    const { service, send } = await startServiceWithSender({ seed: false });
    service.faults.add(fault);
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"name":"x"}' };
    await service.fetch(`http://x${PERSONAS_PATH}`, init).catch(() => {});
    expect(service.requests).toHaveLength(1);
    expect((await send('GET', PERSONAS_PATH)).body.total).toBe(0);
  });
});

describe('fault scope', () => {
  it('times limits how often a fault applies, in the order in which faults were added', async () => {
    const { service, send } = await startServiceWithSender();
    service.faults.add({ status: 503, times: 2 });
    service.faults.add({ status: 502, times: 1 });
    const statuses: number[] = [];
    for (let count = 0; count < 4; count += 1) statuses.push((await send('GET', '/health')).status);
    expect(statuses).toEqual([503, 503, 502, 200]);
    service.faults.add({ status: 500 });
    for (let count = 0; count < 3; count += 1) expect((await send('GET', '/health')).status).toBe(500);
  });

  it('match compares the method, the path without the query, or a pattern with the query', async () => {
    const { service, send } = await startServiceWithSender();
    service.faults.add({ status: 501, match: { method: 'post' } });
    service.faults.add({ status: 502, match: { path: '/api/v1/personas/1' } });
    service.faults.add({ status: 503, match: { method: 'GET', path: /page=2/g } });
    const status = async (method: string, path: string) => (await send(method, path)).status;
    expect(await status('POST', '/health')).toBe(501);
    expect(await status('GET', `${PERSONAS_PATH}/1?x=1`)).toBe(502);
    expect(await status('GET', `${PERSONAS_PATH}/11`)).toBe(404);
    expect(await status('GET', `${PERSONAS_PATH}?page=2`)).toBe(503);
    expect(await status('GET', `${PERSONAS_PATH}?page=2`)).toBe(503);
    expect(await status('GET', `${PERSONAS_PATH}?page=1`)).toBe(200);
  });

  it('a fault applies to a CORS preflight only if it matches OPTIONS', async () => {
    const { service, send } = await startServiceWithSender();
    service.faults.add({ status: 503, times: 1 });
    expect((await send('OPTIONS', PERSONAS_PATH)).status).toBe(200);
    expect((await send('GET', PERSONAS_PATH)).status).toBe(503);
    service.faults.add({ status: 503, match: { method: 'OPTIONS' } });
    expect((await send('OPTIONS', PERSONAS_PATH)).status).toBe(503);
  });

  it('removes one fault, or all faults', async () => {
    const { service, send } = await startServiceWithSender();
    const remove = service.faults.add({ status: 503 });
    service.faults.add({ status: 502 });
    remove();
    expect((await send('GET', '/health')).status).toBe(502);
    service.faults.clear();
    expect((await send('GET', '/health')).status).toBe(200);
  });

  it.each([{}, { status: 99 }, { reset: true, status: 500 }, { times: 3 }])(
    'rejects an invalid fault: %o',
    async (fault) => {
      const { service } = await startServiceWithSender();
      expect(() => service.faults.add(fault as unknown as Fault)).toThrow(TypeError);
    },
  );
});
