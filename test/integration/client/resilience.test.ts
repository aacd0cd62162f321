import { describe, expect, it } from 'vitest';
import { AT_ONCE, DIALECTS, serve } from '../../support/service.js';

describe('retry budget', () => {
  it('keeps an outage from being multiplied', async () => {
    const { service, connect } = await serve();
    service.faults.add({ status: 503 });
    const client = connect({ retry: AT_ONCE, breaker: false, cache: false });
    const spent: string[] = [];
    client.on('retrySkipped', ({ blockedBy }) => spent.push(blockedBy));
    await Promise.all(Array.from({ length: 300 }, () => client.personas.get(1).catch(() => {})));
    expect(service.requests.length).toBeLessThanOrEqual(330);
    expect(spent.filter((blockedBy) => blockedBy === 'budget').length).toBeGreaterThan(200);
  });

  it('is told of in the timeline of a call that had no token to begin with', async () => {
    const { service, connect } = await serve({ auth: { users: { ada: 'secret' } } });
    service.faults.add({ status: 503 });
    const auth = { username: 'ada', password: 'secret' };
    const client = connect({ auth, cache: false, breaker: false, retry: { budget: 0 } });
    const error = await client.personas.get(1).catch((failure) => failure);
    expect(error).toMatchObject({ timeline: [{ event: 'retrySkipped', blockedBy: 'budget' }] });
  });

  it('can be switched off', async () => {
    const { service, connect } = await serve();
    service.faults.add({ status: 503 });
    const client = connect({ retry: { ...AT_ONCE, budget: false }, breaker: false, cache: false });
    await Promise.all(Array.from({ length: 30 }, () => client.personas.get(1).catch(() => {})));
    expect(service.requests).toHaveLength(120);
  });
});

describe('breaker', () => {
  it('ends a call with what it met when that opened the circuit, without another wait', async () => {
    const { service, connect } = await serve();
    service.faults.add({ status: 503 });
    const client = connect({ retry: { backoffMs: 60_000, maxBackoffMs: 60_000 }, breaker: { failMax: 1 } });
    const error = await client.personas.get(1).catch((failure) => failure);
    expect(error).toMatchObject({ code: 'server_error', attempts: 1 });
    expect(error.timeline.at(-1)).toMatchObject({ event: 'retrySkipped', blockedBy: 'circuit' });
  });

  it('opens at a rate, when told so', async () => {
    const { service, connect } = await serve();
    const client = connect({
      retry: false,
      cache: false,
      breaker: { errorThresholdPercentage: 50, volumeThreshold: 4, resetTimeoutMs: Number.POSITIVE_INFINITY },
    });
    await client.personas.get(1);
    await client.personas.get(1);
    service.faults.add({ status: 503, times: 2 });
    await client.personas.get(1).catch(() => {});
    expect(client.circuit).toBe('closed');
    await client.personas.get(1).catch(() => {});
    expect(client.circuit).toBe('open');
    await expect(client.personas.get(1)).rejects.toMatchObject({ retryAfterMs: Number.POSITIVE_INFINITY });
  });
});

describe('timeline', () => {
  it('tells in an error all that happened, with what time was left', async () => {
    const { service, connect } = await serve();
    service.faults.add({ status: 503, times: 2 });
    service.faults.add({ reset: true });
    const client = connect({ retry: { ...AT_ONCE, limit: 2 } });
    const error = await client.personas.get(1, { deadlineMs: 5_000 }).catch((failure) => failure);
    expect(error.timeline.map(({ event }: { event: string }) => event)).toEqual(
      'cache request response retry request response retry request response'.split(' '),
    );
    for (const { atMs, leftMs } of error.timeline) expect(Math.round(atMs + leftMs)).toBeCloseTo(5_000, -2);
    expect(JSON.parse(JSON.stringify(error)).timeline).toHaveLength(9);
  });
});

describe('fallback', () => {
  it('stands in when the question about the dialect fails too', async () => {
    const { service, connect } = await serve();
    service.faults.add({ status: 503 });
    const client = connect({ retry: false });
    const { data, meta } = await client.withMeta.psychographic.get(1, {
      fallback: () => ({ interests: ['none'] }),
    });
    expect([data.interests, meta.source]).toEqual([['none'], 'fallback']);
    await expect(client.psychographic.get(1)).rejects.toThrow(
      /^psychographic\.get .*could not be sent: dialect\.probe/,
    );
  });

  it('stands in for a schema that can neither be had nor composed', async () => {
    const { service, connect } = await serve();
    service.faults.add({ status: 503 });
    const substitute = { source: 'composed', schema: {} } as const;
    expect(await connect({ retry: false }).schema.get({ fallback: () => substitute })).toBe(substitute);
  });
});

describe('a delete', () => {
  it('is not believed when something else than the service answers', async () => {
    const { service, connect } = await serve();
    service.faults.add({ status: 200, body: '<h1>Sign in to the network</h1>' });
    await expect(connect().personas.delete(1)).rejects.toMatchObject({
      code: 'invalid_response',
      maybeApplied: true,
    });
    service.faults.clear();
    service.faults.add({ status: 204, times: 1 });
    await expect(connect().personas.delete(1)).resolves.toBeUndefined();
  });
});

describe.each(DIALECTS)("onUnknownOutcome: 'reconcile', %s", (dialect) => {
  const ada = {
    name: 'Ada',
    demographic: { geolocation: '51.5,-0.1', age: 36 },
    psychographic: { interests: ['engines', 'poetry'] },
  };

  it('finds what was created though the answer was lost', async () => {
    const { service, connect } = await serve({ dialect });
    const client = connect({ onUnknownOutcome: 'reconcile' });
    service.faults.add({ reset: true, afterWrite: true, times: 1, match: { method: 'POST' } });
    const { data, meta } = await client.withMeta.personas.create(ada);
    expect(data).toMatchObject({ id: 6, name: 'Ada' });
    expect(meta.source).toBe('reconciled');
    expect((await client.personas.list()).total).toBe(6);
  });

  it('creates again once the lost request can no longer land', async () => {
    const { service, connect } = await serve({ dialect });
    const client = connect({ lateWriteWindowMs: 50 });
    service.faults.add({ reset: true, times: 1, match: { method: 'POST' } });
    const { meta } = await client.withMeta.personas.create(ada, { onUnknownOutcome: 'reconcile' });
    expect(meta).toMatchObject({ source: 'network', attempts: 2 });
    const events = meta.timeline.map(({ event }) => event);
    expect(events.slice(0, 3)).toEqual(['request', 'response', 'reconcile']);
    expect(events.slice(-3)).toEqual(['retry', 'request', 'response']);
    expect((await client.personas.list()).total).toBe(6);
  });

  it('tells equal creates apart', async () => {
    const { service, connect } = await serve({ dialect, seed: false });
    const client = connect({ onUnknownOutcome: 'reconcile', lateWriteWindowMs: 30, breaker: false });
    for (const afterWrite of [true, false, true])
      service.faults.add({ reset: true, afterWrite, times: 2, match: { method: 'POST' } });
    const created = await Promise.all(
      Array.from({ length: 10 }, () => client.personas.create({ name: 'Ada' })),
    );
    expect(new Set(created.map(({ id }) => id)).size).toBe(10);
    expect((await client.personas.list()).total).toBe(10);
  });

  it('gives up when it cannot know before the deadline, and says so', async () => {
    const { service, connect } = await serve({ dialect });
    const client = connect({ onUnknownOutcome: 'reconcile', lateWriteWindowMs: 10_000, deadlineMs: 300 });
    service.faults.add({ reset: true, times: 1, match: { method: 'POST' } });
    await expect(client.personas.create(ada)).rejects.toMatchObject({ maybeApplied: true });
    expect(service.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it('repeats no more than the retries allow', async () => {
    const { service, connect } = await serve({ dialect });
    service.faults.add({ status: 503, match: { method: 'POST' } });
    const client = connect({
      onUnknownOutcome: 'reconcile',
      lateWriteWindowMs: 0,
      retry: { ...AT_ONCE, limit: 2 },
      breaker: false,
    });
    await expect(client.personas.create(ada)).rejects.toMatchObject({
      code: 'server_error',
      attempts: 3,
      maybeApplied: true,
    });
    expect(service.requests.filter(({ method }) => method === 'POST')).toHaveLength(3);
  });

  it('tells of the create, not of the look, when it ends in the middle of it', async () => {
    const { service, connect } = await serve({ dialect });
    service.faults.add({ reset: true, afterWrite: true, times: 1, match: { method: 'POST' } });
    service.faults.add({ stall: true, match: { method: 'GET' } });
    const creating = connect({ onUnknownOutcome: 'reconcile' }).personas.create(ada, { deadlineMs: 200 });
    await expect(creating).rejects.toMatchObject({
      maybeApplied: true,
      request: { method: 'POST' },
    });
  });

  it('takes nothing for its own that is older, or holds more', async () => {
    let behindMs = 600_000;
    const { service, connect } = await serve({ dialect, now: () => Date.now() - behindMs });
    const other = connect();
    await other.personas.create(ada);
    behindMs = 0;
    await other.personas.create({
      ...ada,
      psychographic: { interests: [...ada.psychographic.interests, 'chess'] },
    });
    service.faults.add({ reset: true, times: 1, match: { method: 'POST' } });
    const client = connect({ onUnknownOutcome: 'reconcile', lateWriteWindowMs: 0, retry: AT_ONCE });
    await expect(client.personas.create(ada)).resolves.toMatchObject({ id: 8 });
  });

  it('looks with the headers of the call', async () => {
    const { service, connect } = await serve({ dialect });
    service.faults.add({ reset: true, afterWrite: true, times: 1, match: { method: 'POST' } });
    await connect({ onUnknownOutcome: 'reconcile' }).personas.create(ada, { headers: { 'x-tenant': 'b' } });
    expect(service.requests.map(({ headers }) => headers['x-tenant'])).toEqual(['b', 'b']);
  });

  it('is not asked of a call that may send only one request', async () => {
    const { service, connect } = await serve({ dialect });
    service.faults.add({ reset: true, afterWrite: true });
    await expect(
      connect({ onUnknownOutcome: 'reconcile', retry: false }).personas.create(ada),
    ).rejects.toMatchObject({
      maybeApplied: true,
    });
    expect(service.requests).toHaveLength(1);
  });
});
