import { HttpResponse, http } from 'msw';
import {
  PersonaConnectionError,
  type PersonaEvents,
  PersonaRateLimitError,
  PersonaServerError,
} from 'persona-client';
import { describe, expect, it } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { createTestClient, NO_BACKOFF } from '../../support/service.js';
import { ADA, API, BASE, setupMswServer } from './server.js';

const server = setupMswServer();

/** Fails the first requests, then succeeds. Returns the request ids. */
function failFirst(times: number, failure: () => Response, method: 'get' | 'post' | 'put' = 'get') {
  const ids: (string | null)[] = [];
  const path = method === 'post' ? `${API}/personas` : `${API}/personas/7`;
  server.use(
    http[method](path, ({ request }) => {
      ids.push(request.headers.get('x-request-id'));
      return ids.length <= times ? failure() : HttpResponse.json(ADA);
    }),
  );
  return ids;
}

const status = (code: number, headers: Record<string, string> = {}) =>
  new HttpResponse('<h1>Bad day</h1>', {
    status: code,
    headers: { 'content-type': 'text/html', ...headers },
  });

function connect(retry: { limit: number; backoffMs: number } | false = NO_BACKOFF) {
  const client = createTestClient({ baseUrl: BASE, retry, breaker: false });
  const retries: PersonaEvents['retry'][] = [];
  client.on('retry', (event) => retries.push(event));
  return { client, retries };
}

describe('a read', () => {
  it.each([408, 425, 429, 500, 502, 503, 504])(
    'is retried after %d, with the same request id',
    async (code) => {
      const ids = failFirst(2, () => status(code));
      const { client } = connect();
      const { data, meta } = await client.withMeta.personas.get(7);
      expect(data.id).toBe(7);
      expect(meta.attempts).toBe(3);
      expect(ids).toHaveLength(3);
      expect(new Set(ids).size).toBe(1);
    },
  );

  it('is retried after a broken connection', async () => {
    const ids = failFirst(1, () => HttpResponse.error());
    const { client, retries } = connect();
    await client.personas.get(7);
    expect(ids).toHaveLength(2);
    expect(retries).toMatchObject([{ call: 'personas.get', attempt: 2, error: 'connection_failed' }]);
  });

  it('is retried up to the limit, and then fails with the last error', async () => {
    const ids = failFirst(9, () => status(503));
    const error = await expectRejection(PersonaServerError, connect().client.personas.get(7));
    expect(error).toMatchObject({ status: 503, attempts: 4, code: 'server_error' });
    expect(ids).toHaveLength(4);
  });

  it.each([400, 403, 404, 405, 409, 410, 413, 501])('is not retried after %d', async (code) => {
    const ids = failFirst(1, () => status(code));
    await expectRejection(Error, connect().client.personas.get(7));
    expect(ids).toHaveLength(1);
  });

  it('is not retried with `retry: false`', async () => {
    const ids = failFirst(1, () => status(503));
    await expectRejection(PersonaServerError, connect().client.personas.get(7, { retry: false }));
    expect(ids).toHaveLength(1);
  });
});

describe('Retry-After', () => {
  it('in seconds is the minimum delay', async () => {
    const ids = failFirst(1, () => status(429, { 'retry-after': '1' }));
    const { client, retries } = connect();
    const startedAt = performance.now();
    await client.personas.get(7);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(995);
    expect(retries).toMatchObject([{ delayMs: 1000, status: 429, error: 'rate_limited' }]);
    expect(ids).toHaveLength(2);
  });

  it('as a date is the minimum delay', async () => {
    const date = new Date(Date.now() + 2000).toUTCString(); // whole seconds: one to two from now
    failFirst(1, () => status(503, { 'retry-after': date }));
    const { client, retries } = connect();
    await client.personas.get(7);
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(date) - 5);
    expect(retries[0]?.delayMs).toBeGreaterThan(0);
  });

  it.each(['0', 'Sat, 01 Jan 2000 00:00:00 GMT', 'soon', '-5', '1e3'])(
    '%s causes no delay',
    async (value) => {
      failFirst(1, () => status(503, { 'retry-after': value }));
      const { client, retries } = connect();
      await client.personas.get(7);
      expect(retries).toMatchObject([{ delayMs: 0 }]);
    },
  );

  it('beyond the deadline fails immediately, and the error contains it', async () => {
    const ids = failFirst(1, () => status(429, { 'retry-after': '120' }));
    const error = await expectRejection(PersonaRateLimitError, connect().client.personas.get(7));
    expect(error).toMatchObject({ retryAfterMs: 120_000, attempts: 1, maybeApplied: false });
    expect(ids).toHaveLength(1);
  });
});

describe('a create', () => {
  it('is retried after 429, which has no effect', async () => {
    const ids = failFirst(1, () => status(429), 'post');
    await connect().client.personas.create({ name: 'Ada' });
    expect(ids).toHaveLength(2);
  });

  it.each([500, 502, 503, 504])('is not retried after %d, and may have been applied', async (code) => {
    const ids = failFirst(1, () => status(code), 'post');
    const error = await expectRejection(
      PersonaServerError,
      connect().client.personas.create({ name: 'Ada' }),
    );
    expect(error).toMatchObject({ maybeApplied: true, attempts: 1 });
    expect(error.message).toMatch(/may have taken effect/);
    expect(ids).toHaveLength(1);
  });

  it('is not retried after a broken connection', async () => {
    const ids = failFirst(1, () => HttpResponse.error(), 'post');
    const error = await expectRejection(
      PersonaConnectionError,
      connect().client.personas.create({ name: 'Ada' }),
    );
    expect(error.maybeApplied).toBe(true);
    expect(ids).toHaveLength(1);
  });

  it('is not retried after 502, but an idempotent update is', async () => {
    const ids = failFirst(1, () => status(502), 'put');
    await connect().client.personas.update(7, { name: 'Ada' });
    expect(ids).toHaveLength(2);
  });
});
