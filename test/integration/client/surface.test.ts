import { PersonaClient, PersonaServerError } from 'persona-client';
import { describe, expect, it, vi } from 'vitest';
import { AT_ONCE, DIALECTS, serve } from '../../support/service.js';

describe('withMeta', () => {
  it('says where a result comes from', async () => {
    const { service, connect } = await serve();
    const client = connect({ cache: { ttlMs: 300_000 }, retry: AT_ONCE });
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

  it('marks a stale answer, with its age', async () => {
    const { service, connect } = await serve();
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
  it('answers when the service is unavailable, and is marked', async () => {
    const { service, connect } = await serve();
    service.faults.add({ status: 503 });
    const substitute = { id: 1, name: 'Nobody', created_at: '', updated_at: '' };
    const client = connect({ retry: false });
    const { data, meta } = await client.withMeta.personas.get(1, {
      fallback: (error) => ({ ...substitute, name: error.code }),
    });
    expect([data.name, meta.source]).toEqual(['server_error', 'fallback']);
  });

  it('does not hide that the service said no', async () => {
    const { connect } = await serve();
    const fallback = vi.fn();
    await expect(connect().personas.get(99_999, { fallback })).rejects.toMatchObject({ code: 'not_found' });
    expect(fallback).not.toHaveBeenCalled();
  });
});

describe('events', () => {
  it('tell a call’s story, and end with the function that `on` gave', async () => {
    const { service, connect } = await serve();
    const client = connect({ retry: AT_ONCE });
    const told: string[] = [];
    const names = ['request', 'response', 'retry', 'cache', 'dialect'] as const;
    const stops = names.map((name) => client.on(name, () => told.push(name)));
    service.faults.add({ status: 500, times: 1 });
    await client.personas.list();
    expect(told).toEqual(['cache', 'request', 'response', 'retry', 'request', 'dialect', 'response']);
    for (const stop of stops) stop();
    await client.personas.get(1);
    expect(told).toHaveLength(7);
  });

  it('cannot break a call: a listener that throws is reported', async () => {
    const { connect } = await serve();
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

  it('come once per listener, though one function listens twice', async () => {
    const { connect } = await serve();
    const client = connect();
    const listener = vi.fn();
    const stop = client.on('request', listener);
    client.on('request', listener);
    await client.personas.get(1);
    expect(listener).toHaveBeenCalledTimes(2);
    stop();
    await client.personas.get(2);
    expect(listener).toHaveBeenCalledTimes(3);
  });
});

describe('concurrency', () => {
  it('is bounded for the service, whatever is asked', async () => {
    const { connect } = await serve({ latencyMs: 5 });
    const client = connect({ concurrency: 3, cache: false });
    let [now, most] = [0, 0];
    client.on('request', () => {
      most = Math.max(most, ++now);
    });
    client.on('response', () => {
      now--;
    });
    await Promise.all(Array.from({ length: 20 }, () => client.personas.list()));
    expect(most).toBe(3);
  });
});

describe('headers', () => {
  it('go with every request, a call’s own with that call, and never into the cache', async () => {
    const { service, connect } = await serve();
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
  it('reads the environment, with or without /api/v1; options given win', async () => {
    const { url, service } = await serve({ auth: { users: { admin: 'secret' } } });
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

  it('is the only way to it: the constructor reads none', async () => {
    vi.stubEnv('PERSONA_API_TOKEN', 'from-the-environment');
    const { connect, service } = await serve();
    await connect().personas.get(1);
    expect(service.requests.at(-1)?.headers.authorization).toBeUndefined();
  });

  it('says what is missing', () => {
    expect(() => PersonaClient.fromEnv({}, { PERSONA_USERNAME: 'admin' })).toThrow(/PERSONA_PASSWORD/);
  });
});

describe('a 5xx', () => {
  it('never quotes the body, which can hold SQL and personal data', async () => {
    const { service, connect } = await serve({ dialect: 'attributes' });
    const body = JSON.stringify({ error: "INSERT INTO personas VALUES ('Ada Lovelace')" });
    service.faults.add({ status: 500, body, contentType: 'application/json' });
    const error = await connect({ retry: false })
      .personas.get(1)
      .catch((failure) => failure);
    expect(error).toBeInstanceOf(PersonaServerError);
    expect(JSON.stringify(error) + error.stack).not.toContain('Lovelace');
  });
});

describe.each(DIALECTS)('what was read, %s', (dialect) => {
  it('can be written back', async () => {
    const { connect } = await serve({ dialect });
    const client = connect();
    for (const id of [1, (await client.personas.create({ name: 'Bare' })).id]) {
      const { updated_at: _, ...read } = await client.personas.get(id);
      expect(await client.personas.update(id, read)).toMatchObject(read);
      await client.demographic.update(id, await client.demographic.get(id));
    }
  });
});

describe('attributes', () => {
  it('arrive as they were given, names that mean something to JavaScript or to rows included', async () => {
    const { connect } = await serve({ dialect: 'attributes' });
    const client = connect();
    const own = JSON.parse('{"__proto__":{"a":1},"constructor":"b","id":7,"toString":"c"}');
    const { id } = await client.personas.create({ name: 'Odd', psychographic: own });
    expect(JSON.stringify(await client.psychographic.get(id))).toBe(JSON.stringify(own));
  });
});

describe('a question about the dialect', () => {
  it('is asked as the call was: no more requests, and with its headers', async () => {
    const { service, connect } = await serve();
    service.faults.add({ status: 503 });
    await connect()
      .psychographic.get(1, { retry: false, headers: { 'x-trace': '1' } })
      .catch(() => {});
    expect(service.requests.map(({ headers }) => headers['x-trace'])).toEqual(['1']);
  });
});

describe.each(DIALECTS)('iterate, %s', (dialect) => {
  it('yields everyone once while rows shift under it', async () => {
    const { connect } = await serve({ dialect, seed: 30 });
    const client = connect({ cache: false });
    const seen: number[] = [];
    for await (const { id } of client.personas.iterate({ perPage: 5 })) {
      seen.push(id);
      if (seen.length % 4 === 0 && seen.length <= 20)
        await client.personas.update(((id + 14) % 30) + 1, { name: `moved ${seen.length}` });
    }
    expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
  });

  it('walks again for what came while it walked', async () => {
    const { connect } = await serve({ dialect, seed: 6 });
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
  ])('is safe to delete from: %i personas, %i a page', async (seed, perPage) => {
    const { connect } = await serve({ dialect, seed });
    const client = connect();
    for await (const { id } of client.personas.iterate({ perPage })) await client.personas.delete(id);
    expect((await client.personas.list()).total).toBe(0);
  });

  it('refuses numbers that make no sense', async () => {
    const { service, connect } = await serve({ dialect });
    const { personas } = connect();
    for (const how of [{ maxScans: 0 }, { maxScans: Number.NaN }, { perPage: 0 }, { perPage: 1001 }])
      await expect(personas.iterate(how).next()).rejects.toMatchObject({
        code: 'invalid_input',
        issues: [{ path: Object.keys(how) }],
      });
    await expect(personas.list({ perpage: 2 } as never)).rejects.toMatchObject({
      issues: [{ path: ['perpage'] }],
    });
    expect(service.requests).toEqual([]);
  });
});
