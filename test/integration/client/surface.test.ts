import { PersonaClient, PersonaServerError } from 'persona-client';
import { describe, expect, it, vi } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { DIALECTS, NO_BACKOFF, startService } from '../../support/service.js';

describe('withMeta', () => {
  it('returns the source of a result', async () => {
    const { service, connect } = await startService();
    const client = connect({ cache: { ttlMs: 300_000 }, retry: NO_BACKOFF });
    service.faults.add({ status: 503, times: 2 });
    const first = await client.withMeta.personas.get(1);
    expect(first.data).toMatchObject({ id: 1 });
    expect(first.meta).toMatchObject({ status: 200, attempts: 3, source: 'network', ageMs: 0 });
    const sent = service.requests.map(({ headers }) => headers['x-request-id']);
    expect(new Set(sent)).toEqual(new Set([first.meta.requestId]));
    const second = await client.withMeta.personas.get(1);
    expect(second.meta).toMatchObject({
      status: 200,
      attempts: 0,
      source: 'cache',
      requestId: first.meta.requestId,
    });
    expect(second.meta.ageMs).toBeGreaterThan(0);
  });

  it('returns source and age of a stale result', async () => {
    const { service, connect } = await startService();
    const client = connect({ cache: { ttlMs: 0, staleIfErrorMs: 60_000 }, retry: false });
    await client.personas.get(1);
    service.faults.add({ status: 503 });
    const { data, meta } = await client.withMeta.personas.get(1);
    expect(data).toMatchObject({ id: 1 });
    expect(meta).toMatchObject({ source: 'stale' });
    expect(meta.ageMs).toBeGreaterThan(0);
  });
});

describe('fallback', () => {
  it('replaces the result if the service is unavailable', async () => {
    const { service, connect } = await startService();
    service.faults.add({ status: 503 });
    const substitute = { id: 1, name: 'Nobody', created_at: '', updated_at: '' };
    const client = connect({ retry: false });
    const { data, meta } = await client.withMeta.personas.get(1, {
      fallback: (error) => ({ ...substitute, name: error.code }),
    });
    expect([data.name, meta.source]).toEqual(['server_error', 'fallback']);
  });

  it('is not called if the service rejects the request', async () => {
    const { connect } = await startService();
    const fallback = vi.fn();
    await expect(connect().personas.get(99_999, { fallback })).rejects.toMatchObject({ code: 'not_found' });
    expect(fallback).not.toHaveBeenCalled();
  });
});

describe('events', () => {
  it('are emitted in order, until the returned function is called', async () => {
    const { service, connect } = await startService();
    const client = connect({ retry: NO_BACKOFF });
    const events: string[] = [];
    const names = ['request', 'response', 'retry', 'cache', 'dialect'] as const;
    const unsubscribers = names.map((name) => client.on(name, () => events.push(name)));
    service.faults.add({ status: 500, times: 1 });
    await client.personas.list();
    expect(events).toEqual(['cache', 'request', 'response', 'retry', 'request', 'dialect', 'response']);
    for (const unsubscribe of unsubscribers) unsubscribe();
    await client.personas.get(1);
    expect(events).toHaveLength(7);
  });

  it('reports a listener that throws, and the call succeeds', async () => {
    const { connect } = await startService();
    const client = connect();
    const reported = vi.spyOn(console, 'error').mockImplementation(() => {});
    client.on('request', () => {
      throw new Error('bug in a listener');
    });
    await expect(client.personas.get(1)).resolves.toMatchObject({ id: 1 });
    expect(reported).toHaveBeenCalledWith(
      expect.stringContaining("'request'"),
      new Error('bug in a listener'),
    );
  });

  it('call a function once per registration', async () => {
    const { connect } = await startService();
    const client = connect();
    const listener = vi.fn();
    const unsubscribe = client.on('request', listener);
    client.on('request', listener);
    await client.personas.get(1);
    expect(listener).toHaveBeenCalledTimes(2);
    unsubscribe();
    await client.personas.get(2);
    expect(listener).toHaveBeenCalledTimes(3);
  });
});

describe('concurrency', () => {
  it('limits the requests in flight', async () => {
    const { connect } = await startService({ latencyMs: 5 });
    const client = connect({ concurrency: 3, cache: false });
    let [inFlight, maxInFlight] = [0, 0];
    client.on('request', () => {
      maxInFlight = Math.max(maxInFlight, ++inFlight);
    });
    client.on('response', () => {
      inFlight--;
    });
    await Promise.all(Array.from({ length: 20 }, () => client.personas.list()));
    expect(maxInFlight).toBe(3);
  });
});

describe('headers', () => {
  it('apply to every request if the client has them, and to one uncached call if the call has them', async () => {
    const { service, connect } = await startService();
    const client = connect({ headers: { 'X-Team': 'a', 'X-Trace': '0' } });
    await client.personas.get(1);
    await client.personas.get(1, { headers: { 'X-Trace': '1' } });
    expect(service.requests.map(({ headers }) => [headers['x-team'], headers['x-trace']])).toEqual([
      ['a', '0'],
      ['a', '1'],
    ]);
  });
});

describe('fromEnv', () => {
  it('reads the environment, with or without /api/v1, and options take precedence', async () => {
    const { url, service } = await startService({ auth: { users: { admin: 'secret' } } });
    for (const PERSONA_API_URL of [url, `${url}/`, `${url}/api/v1`, `${url}/api/v1/`]) {
      using client = PersonaClient.fromEnv(
        {},
        { PERSONA_API_URL, PERSONA_USERNAME: 'admin', PERSONA_PASSWORD: 'secret' },
      );
      await expect(client.personas.get(1)).resolves.toMatchObject({ id: 1 });
    }
    vi.stubEnv('PERSONA_API_URL', 'http://127.0.0.1:1');
    vi.stubEnv('PERSONA_API_TOKEN', 'from-the-environment');
    using client = PersonaClient.fromEnv({ baseUrl: url });
    await client.personas.get(1).catch(() => {});
    expect(service.requests.at(-1)?.headers.authorization).toBe('Bearer from-the-environment');
  });

  it('is the only way to read the environment, because the constructor ignores it', async () => {
    vi.stubEnv('PERSONA_API_TOKEN', 'from-the-environment');
    const { connect, service } = await startService();
    await connect().personas.get(1);
    expect(service.requests.at(-1)?.headers.authorization).toBeUndefined();
  });

  it('names the missing variable', () => {
    expect(() => PersonaClient.fromEnv({}, { PERSONA_USERNAME: 'admin' })).toThrow(/PERSONA_PASSWORD/);
  });
});

describe('a 5xx', () => {
  it('never shows the body, which may contain SQL and personal data', async () => {
    const { service, connect } = await startService({ dialect: 'attributes' });
    const body = JSON.stringify({ error: "INSERT INTO personas VALUES ('Ada Lovelace')" });
    service.faults.add({ status: 500, body, contentType: 'application/json' });
    const error = await expectRejection(PersonaServerError, connect({ retry: false }).personas.get(1));
    expect(JSON.stringify(error) + error.stack).not.toContain('Lovelace');
  });
});

describe.each(DIALECTS)('a persona, %s', (dialect) => {
  it('can be written back', async () => {
    const { connect } = await startService({ dialect });
    const client = connect();
    for (const id of [1, (await client.personas.create({ name: 'Bare' })).id]) {
      const { updated_at: _, ...read } = await client.personas.get(id);
      expect(await client.personas.update(id, read)).toMatchObject(read);
    }
    await client.demographic.update(1, await client.demographic.get(1));
  });
});

describe('attributes', () => {
  it('are stored unchanged, also with names that are special in JavaScript or in database rows', async () => {
    const { connect } = await startService({ dialect: 'attributes' });
    const client = connect();
    const attributes = JSON.parse('{"__proto__":{"a":1},"constructor":"b","id":7,"toString":"c"}');
    const { id } = await client.personas.create({ name: 'Odd', psychographic: attributes });
    expect(JSON.stringify(await client.psychographic.get(id))).toBe(JSON.stringify(attributes));
  });
});

describe('dialect detection', () => {
  it('uses the retry and header options of the call', async () => {
    const { service, connect } = await startService();
    service.faults.add({ status: 503 });
    await connect()
      .psychographic.get(1, { retry: false, headers: { 'x-trace': '1' } })
      .catch(() => {});
    expect(service.requests.map(({ headers }) => headers['x-trace'])).toEqual(['1']);
  });
});

describe.each(DIALECTS)('iterate, %s', (dialect) => {
  it('yields every persona once while updates move rows', async () => {
    const { connect } = await startService({ dialect, seed: 30 });
    const client = connect({ cache: false });
    const seen: number[] = [];
    for await (const { id } of client.personas.iterate({ perPage: 5 })) {
      seen.push(id);
      if (seen.length % 4 === 0 && seen.length <= 20)
        await client.personas.update(((id + 14) % 30) + 1, { name: `moved ${seen.length}` });
    }
    expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
  });

  it('scans again for personas that were created during the iteration', async () => {
    const { connect } = await startService({ dialect, seed: 6 });
    const client = connect();
    const names: string[] = [];
    for await (const { name } of client.personas.iterate({ perPage: 3 })) {
      names.push(name);
      if (names.length === 3) await client.personas.create({ name: 'Newcomer' });
    }
    expect(names).toHaveLength(7);
    expect(names).toContain('Newcomer');
  });

  it.each([
    [23, 5],
    [40, 2],
    [41, 100],
  ])('allows deletes while iterating: %i personas, %i per page', async (seed, perPage) => {
    const { connect } = await startService({ dialect, seed });
    const client = connect();
    for await (const { id } of client.personas.iterate({ perPage })) await client.personas.delete(id);
    expect((await client.personas.list()).total).toBe(0);
  });

  it('rejects invalid numbers', async () => {
    const { service, connect } = await startService({ dialect });
    const { personas } = connect();
    for (const options of [{ maxScans: 0 }, { maxScans: Number.NaN }, { perPage: 0 }, { perPage: 1001 }])
      await expect(personas.iterate(options).next()).rejects.toMatchObject({
        code: 'invalid_input',
        issues: [{ path: Object.keys(options) }],
      });
    await expect(personas.list({ perpage: 2 } as never)).rejects.toMatchObject({
      issues: [{ path: ['perpage'] }],
    });
    expect(service.requests).toEqual([]);
  });
});
