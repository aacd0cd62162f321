import { PersonaAbortError, PersonaError } from 'persona-client';
import { describe, expect, it, vi } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { startService } from '../../support/service.js';

describe('functions from the options that throw', () => {
  it('a write succeeds although isFailure throws', async () => {
    const reported = vi.spyOn(console, 'error').mockImplementation(() => {});
    const { connect } = await startService();
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

  it('reports an async listener that rejects', async () => {
    const reported = vi.spyOn(console, 'error').mockImplementation(() => {});
    const { connect } = await startService();
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

  it('calls a listener once per event, also if it replaces itself', async () => {
    const { connect } = await startService();
    const client = connect();
    let calls = 0;
    const listen = () => {
      const stop = client.on('response', () => {
        if (++calls > 10) return;
        stop();
        listen();
      });
    };
    listen();
    await client.personas.get(1);
    expect(calls).toBe(1);
    await client.personas.get(2);
    expect(calls).toBe(2);
  });

  it('treats a timeout of fetch as a failed attempt', async () => {
    const { connect } = await startService();
    const fetch = vi.fn(() => Promise.reject(new DOMException('too slow', 'TimeoutError')));
    await expect(connect({ fetch, retry: false }).personas.update(1, { name: 'Ada' })).rejects.toMatchObject({
      code: 'connection_failed',
      maybeApplied: true,
    });
  });
});

describe('a token store whose watch fails', () => {
  const fail = () => {
    throw new Error('bug in watch');
  };

  async function setupStore(watch: () => unknown) {
    const reported = vi.spyOn(console, 'error').mockImplementation(() => {});
    const { connect, service } = await startService({ auth: { users: { admin: 'secret' } } });
    const tokenStore = {
      get: () => undefined,
      set: () => {},
      delete: () => {},
      watch: watch as () => () => void,
    };
    const auth = { username: 'admin', password: 'secret' };
    return { client: connect({ auth, tokenStore, cache: false }), reported, service };
  }

  it.each([
    ['throws', fail],
    ['rejects', async () => fail()],
    ['returns no function', () => 'unwatch'],
  ])('%s: calls, logout and close work', async (_name, watch) => {
    const { client, reported } = await setupStore(watch);
    await client.personas.get(1);
    await client.auth.logout();
    client.close();
    if (watch !== fail) return;
    const message = expect.stringContaining('tokenStore.watch threw');
    await vi.waitFor(() => expect(reported).toHaveBeenCalledWith(message, new Error('bug in watch')));
  });

  it('has an unsubscribe that throws: close ends all calls', async () => {
    const { client, service } = await setupStore(() => fail);
    await client.personas.get(1);
    service.faults.add({ stall: true });
    const pending = [1, 2, 3].map((id) => expectRejection(PersonaAbortError, client.personas.get(id)));
    await vi.waitFor(() => expect(service.requests).toHaveLength(5));
    client.close();
    await Promise.all(pending);
    await expectRejection(PersonaAbortError, client.personas.get(1));
  });

  it('has an unsubscribe that throws: a logout and the next login work', async () => {
    const { client } = await setupStore(() => fail);
    await client.personas.get(1);
    await client.auth.logout();
    await client.auth.login({ username: 'admin', password: 'secret' });
    await client.personas.get(1);
  });
});

describe('call metadata', () => {
  it('counts only attempts that were sent', async () => {
    const { service, connect } = await startService();
    service.faults.add({ status: 503 });
    const client = connect({ retry: false, breaker: { failMax: 1 } });
    await expect(client.personas.get(1)).rejects.toMatchObject({ code: 'server_error', attempts: 1 });
    await expect(client.personas.get(1)).rejects.toMatchObject({ code: 'circuit_open', attempts: 0 });
    await expect(client.withMeta.personas.get(1, { fallback: () => ({}) as never })).resolves.toMatchObject({
      meta: { source: 'fallback', attempts: 0 },
    });
  });

  it('has a timeline that does not grow after the call has ended', async () => {
    const { service, connect } = await startService();
    service.faults.add({ stall: true });
    const client = connect();
    const error = await expectRejection(PersonaError, client.personas.get(1, { deadlineMs: 30 }));
    const entries = error.timeline.length;
    await client.health.check({ deadlineMs: 30 }).catch(() => {});
    expect(error.timeline).toHaveLength(entries);
  });

  it('uses the request id from the caller', async () => {
    const { service, connect } = await startService();
    const headers = { 'X-Request-Id': 'chosen' };
    await expect(connect().personas.get(99_999, { headers })).rejects.toMatchObject({
      request: { id: 'chosen' },
    });
    expect(service.requests.map(({ headers }) => headers['x-request-id'])).toEqual(['chosen']);
  });

  it('generates request ids: a random prefix for each client, and the callId', async () => {
    const { service, connect } = await startService();
    const clients = [connect(), connect()];
    for (const client of clients) for (const id of [1, 2]) await client.personas.get(id);
    const ids = service.requests.map(({ headers }) => headers['x-request-id'] ?? '');
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-[12]$/);
    expect(new Set(ids).size).toBe(4);
  });

  it('generates a request id without crypto.randomUUID', async () => {
    const { service, connect } = await startService();
    Object.defineProperty(crypto, 'randomUUID', { value: undefined, configurable: true });
    try {
      await connect().personas.get(1);
    } finally {
      Reflect.deleteProperty(crypto, 'randomUUID');
    }
    expect(service.requests[0]?.headers['x-request-id']).toMatch(/^[0-9a-f]{32}-1$/);
  });
});

describe('options', () => {
  it('ignores undefined options and empty headers', async () => {
    const { service, connect } = await startService();
    service.faults.add({ status: 503, times: 1 });
    const client = connect();
    await expect(client.health.check({ retry: undefined } as never)).rejects.toMatchObject({
      code: 'server_error',
    });
    await client.personas.get(1, { headers: {} });
    await client.personas.get(1, { headers: {} });
    expect(service.requests).toHaveLength(2);
  });

  it('removes the API path of any version from baseUrl', async () => {
    const { service, connect, url } = await startService();
    await connect({ baseUrl: `${url}/deep/api/v2/`, apiVersion: 'v2' })
      .personas.get(1)
      .catch(() => {});
    expect(service.requests[0]?.path).toBe('/deep/api/v2/personas/1');
  });

  it.each([
    ['http://api/v1', 'http://api/v1/api/v1/personas/1', 'http://api/v1/health'],
    ['http://api/api/v1', 'http://api/api/v1/personas/1', 'http://api/health'],
  ])('takes only a path for the API path: %s', async (baseUrl, personaUrl, healthUrl) => {
    const urls: string[] = [];
    const { connect, service } = await startService();
    const fetch: typeof globalThis.fetch = (url, init) => {
      urls.push(String(url));
      return service.fetch(String(url).replace('/v1/api', '/api').replace('/v1/health', '/health'), init);
    };
    const client = connect({ baseUrl, fetch });
    await client.personas.get(1);
    await client.health.check();
    expect(urls).toEqual([personaUrl, healthUrl]);
  });

  it('applies the TTL of the call to the entry that it stores', async () => {
    const { service, connect } = await startService();
    const client = connect({ cache: { ttlMs: 0 } });
    await client.personas.get(1);
    await client.personas.get(1, { cache: { ttlMs: 60_000 } });
    expect(service.requests).toHaveLength(1);
    await client.personas.get(1);
    expect(service.requests).toHaveLength(2);
  });
});

describe('health', () => {
  it('bypasses the concurrency limit', async () => {
    const { service, connect } = await startService();
    service.faults.add({ stall: true, match: { path: '/api/v1/personas/1' } });
    const client = connect({ concurrency: 1 });
    const controller = new AbortController();
    const blocking = client.personas.get(1, { signal: controller.signal }).catch(() => {});
    await expect(client.health.check()).resolves.toMatchObject({ status: 'healthy' });
    controller.abort();
    await blocking;
  });
});

describe('iterate', () => {
  it('ends even if replicas report different totals', async () => {
    const { connect, service } = await startService({ seed: 20 });
    let requests = 0;
    const flappingFetch: typeof fetch = async (...request) => {
      const response = await fetch(...request);
      const page = (await response.json()) as { total: number };
      return Response.json({ ...page, total: page.total - (requests++ % 2) });
    };
    const ids: number[] = [];
    for await (const { id } of connect({ fetch: flappingFetch }).personas.iterate({ perPage: 2 }))
      ids.push(id);
    expect(new Set(ids).size).toBe(20);
    expect(service.requests.length).toBeLessThan(100);
  });
});
