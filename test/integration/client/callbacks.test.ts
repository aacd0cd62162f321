import { describe, expect, it, vi } from 'vitest';
import { serve } from '../../support/service.js';

/** What the client is given by its user may fail, and must not take a call with it. */
describe('functions of the user that fail', () => {
  it('isFailure: a write that succeeded has succeeded', async () => {
    const reported = vi.spyOn(console, 'error').mockImplementation(() => {});
    const { connect } = await serve();
    const isFailure = () => {
      throw new Error('bug in isFailure');
    };
    await expect(connect({ breaker: { isFailure } }).personas.create({ name: 'Ada' })).resolves.toMatchObject(
      {
        name: 'Ada',
      },
    );
    expect(reported).toHaveBeenCalledWith(
      expect.stringContaining('isFailure'),
      new Error('bug in isFailure'),
    );
  });

  it('an async listener: reported, as one that throws', async () => {
    const reported = vi.spyOn(console, 'error').mockImplementation(() => {});
    const { connect } = await serve();
    const client = connect();
    client.on('response', async () => {
      throw new Error('bug in a listener');
    });
    await client.personas.get(1);
    expect(reported).toHaveBeenCalledWith(
      expect.stringContaining("'response'"),
      new Error('bug in a listener'),
    );
  });

  it('fetch, by a mistake of its own: the mistake comes out as it is, and nothing is repeated', async () => {
    for (const mistake of [
      new ReferenceError('fetsh is not defined'),
      new TypeError("Cannot read properties of undefined (reading 'fetch')"),
      Object.assign(new Error('no such file'), { code: 'ENOENT' }),
    ]) {
      const { connect } = await serve();
      const fetch = vi.fn(() => Promise.reject(mistake));
      await expect(connect({ fetch }).personas.get(1)).rejects.toBe(mistake);
      expect(fetch).toHaveBeenCalledTimes(1);
    }
  });

  it('fetch, by its own timeout: a failed attempt like any other', async () => {
    const { connect } = await serve();
    const fetch = vi.fn(() => Promise.reject(new DOMException('too slow', 'TimeoutError')));
    await expect(connect({ fetch, retry: false }).personas.update(1, { name: 'Ada' })).rejects.toMatchObject({
      code: 'connection_failed',
      maybeApplied: true,
    });
  });
});

describe('what a call says of itself', () => {
  it('counts only the attempts that went over the wire', async () => {
    const { service, connect } = await serve();
    service.faults.add({ status: 503 });
    const client = connect({ retry: false, breaker: { failMax: 1 } });
    await expect(client.personas.get(1)).rejects.toMatchObject({ code: 'server_error', attempts: 1 });
    await expect(client.personas.get(1)).rejects.toMatchObject({ code: 'circuit_open', attempts: 0 });
    await expect(client.withMeta.personas.get(1, { fallback: () => ({}) as never })).resolves.toMatchObject({
      meta: { source: 'fallback', attempts: 0 },
    });
  });

  it('has a timeline that is complete when the call is over', async () => {
    const { service, connect } = await serve();
    service.faults.add({ stall: true });
    const client = connect();
    const error = await client.personas.get(1, { deadlineMs: 30 }).catch((failure) => failure);
    const told = error.timeline.length;
    await client.health.check({ deadlineMs: 30 }).catch(() => {});
    expect(error.timeline).toHaveLength(told);
  });

  it('goes by the id that the caller chose', async () => {
    const { service, connect } = await serve();
    const headers = { 'X-Request-Id': 'chosen' };
    await expect(connect().personas.get(99_999, { headers })).rejects.toMatchObject({
      request: { id: 'chosen' },
    });
    expect(service.requests.map(({ headers }) => headers['x-request-id'])).toEqual(['chosen']);
  });

  it('has an id on pages where crypto.randomUUID is missing', async () => {
    const { service, connect } = await serve();
    vi.spyOn(crypto, 'randomUUID').mockImplementation(undefined as never);
    Object.defineProperty(crypto, 'randomUUID', { value: undefined, configurable: true });
    try {
      await connect().personas.get(1);
    } finally {
      Reflect.deleteProperty(crypto, 'randomUUID');
    }
    expect(service.requests[0]?.headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('options', () => {
  it('given as undefined hide nothing, and empty headers change nothing', async () => {
    const { service, connect } = await serve();
    service.faults.add({ status: 503, times: 1 });
    const client = connect();
    await expect(client.health.check({ retry: undefined } as never)).rejects.toMatchObject({
      code: 'server_error',
    });
    await client.personas.get(1, { headers: {} });
    await client.personas.get(1, { headers: {} });
    expect(service.requests).toHaveLength(2);
  });

  it('take the path of the API off a base URL, whatever its version', async () => {
    const { service, connect, url } = await serve();
    await connect({ baseUrl: `${url}/deep/api/v2/`, apiVersion: 'v2' })
      .personas.get(1)
      .catch(() => {});
    expect(service.requests[0]?.path).toBe('/deep/api/v2/personas/1');
  });

  it('a TTL of the call is another one, longer or shorter', async () => {
    const { service, connect } = await serve();
    const client = connect({ cache: { ttlMs: 0 } });
    await client.personas.get(1);
    await client.personas.get(1, { cache: { ttlMs: 60_000 } });
    expect(service.requests).toHaveLength(1);
    await client.personas.get(1);
    expect(service.requests).toHaveLength(2);
  });
});

describe('health', () => {
  it('does not wait in the queue', async () => {
    const { service, connect } = await serve();
    service.faults.add({ stall: true, match: { path: '/api/v1/personas/1' } });
    const client = connect({ concurrency: 1 });
    const leaving = new AbortController();
    const holding = client.personas.get(1, { signal: leaving.signal }).catch(() => {});
    await expect(client.health.check()).resolves.toMatchObject({ status: 'ok' });
    leaving.abort();
    await holding;
  });
});

describe('iterate', () => {
  it('comes to an end though replicas disagree about the total', async () => {
    const { connect, service } = await serve({ seed: 20 });
    let number = 0;
    const flapping: typeof fetch = async (...request) => {
      const response = await fetch(...request);
      const page = (await response.json()) as { total: number };
      return Response.json({ ...page, total: page.total - (number++ % 2) });
    };
    const seen: number[] = [];
    for await (const { id } of connect({ fetch: flapping }).personas.iterate({ perPage: 2 })) seen.push(id);
    expect(new Set(seen).size).toBe(20);
    expect(service.requests.length).toBeLessThan(100);
  });
});
