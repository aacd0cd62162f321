import { HttpResponse, http } from 'msw';
import {
  PersonaConnectionError,
  type PersonaEvents,
  PersonaRateLimitError,
  PersonaServerError,
} from 'persona-client';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../support/failures.js';
import { AT_ONCE, clientOf } from '../../support/service.js';
import { ADA, API, BASE, mocked } from './server.js';

const server = mocked();

/** Fails so often in this way, then answers. */
function failing(times: number, failure: () => Response, method: 'get' | 'post' | 'put' = 'get') {
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

function connect(retry: { limit: number; backoffMs: number } | false = AT_ONCE) {
  const client = clientOf({ baseUrl: BASE, retry, breaker: false });
  const retries: PersonaEvents['retry'][] = [];
  client.on('retry', (event) => retries.push(event));
  return { client, retries };
}

describe('a read is tried again', () => {
  it.each([408, 425, 429, 500, 502, 503, 504])('after %d, under the same request id', async (code) => {
    const ids = failing(2, () => status(code));
    const { client } = connect();
    const { data, meta } = await client.withMeta.personas.get(7);
    expect(data.id).toBe(7);
    expect(meta.attempts).toBe(3);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(1);
  });

  it('after a broken connection', async () => {
    const ids = failing(1, () => HttpResponse.error());
    const { client, retries } = connect();
    await client.personas.get(7);
    expect(ids).toHaveLength(2);
    expect(retries).toMatchObject([{ call: 'personas.get', attempt: 2, reason: 'connection_failed' }]);
  });

  it('as often as it was told, and then the last failure is the error', async () => {
    const ids = failing(9, () => status(503));
    const error = await failureOf(PersonaServerError, connect().client.personas.get(7));
    expect(error).toMatchObject({ status: 503, attempts: 4, code: 'server_error' });
    expect(ids).toHaveLength(4);
  });

  it.each([400, 403, 404, 405, 409, 410, 413, 501])('but not after %d', async (code) => {
    const ids = failing(1, () => status(code));
    await failureOf(Error, connect().client.personas.get(7));
    expect(ids).toHaveLength(1);
  });

  it('not at all with `retry: false`', async () => {
    const ids = failing(1, () => status(503));
    await failureOf(PersonaServerError, connect().client.personas.get(7, { retry: false }));
    expect(ids).toHaveLength(1);
  });
});

describe('Retry-After', () => {
  it('in seconds: not sooner', async () => {
    const ids = failing(1, () => status(429, { 'retry-after': '1' }));
    const { client, retries } = connect();
    const startedAt = performance.now();
    await client.personas.get(7);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(995);
    expect(retries).toMatchObject([{ waitMs: 1000, status: 429, reason: 'rate_limited' }]);
    expect(ids).toHaveLength(2);
  });

  it('as a date: not sooner', async () => {
    const date = new Date(Date.now() + 2000).toUTCString(); // whole seconds: one to two from now
    failing(1, () => status(503, { 'retry-after': date }));
    const { client, retries } = connect();
    await client.personas.get(7);
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(date) - 5);
    expect(retries[0]?.delayMs).toBeGreaterThan(0);
  });

  it.each(['0', 'Sat, 01 Jan 2000 00:00:00 GMT', 'soon', '-5', '1.5'])('%s: at once', async (value) => {
    failing(1, () => status(503, { 'retry-after': value }));
    const { client, retries } = connect();
    await client.personas.get(7);
    expect(retries).toMatchObject([{ waitMs: 0 }]);
  });

  it('longer than the deadline: given up at once, and said', async () => {
    const ids = failing(1, () => status(429, { 'retry-after': '120' }));
    const error = await failureOf(PersonaRateLimitError, connect().client.personas.get(7));
    expect(error).toMatchObject({ retryAfterMs: 120_000, attempts: 1, maybeApplied: false });
    expect(ids).toHaveLength(1);
  });
});

describe('a creation', () => {
  it('is sent again after 429, which has done nothing', async () => {
    const ids = failing(1, () => status(429), 'post');
    await connect().client.personas.create({ name: 'Ada' });
    expect(ids).toHaveLength(2);
  });

  it.each([500, 502, 503, 504])('is not sent again after %d, and may have happened', async (code) => {
    const ids = failing(1, () => status(code), 'post');
    const error = await failureOf(PersonaServerError, connect().client.personas.create({ name: 'Ada' }));
    expect(error).toMatchObject({ maybeApplied: true, attempts: 1 });
    expect(error.message).toMatch(/may have taken effect/);
    expect(ids).toHaveLength(1);
  });

  it('is not sent again after a broken connection', async () => {
    const ids = failing(1, () => HttpResponse.error(), 'post');
    const error = await failureOf(PersonaConnectionError, connect().client.personas.create({ name: 'Ada' }));
    expect(error.maybeApplied).toBe(true);
    expect(ids).toHaveLength(1);
  });

  it('unlike an update, which is the same when done twice', async () => {
    const ids = failing(1, () => status(502), 'put');
    await connect().client.personas.update(7, { name: 'Ada' });
    expect(ids).toHaveLength(2);
  });
});
