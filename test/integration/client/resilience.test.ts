import { PersonaError } from 'persona-client';
import { describe, expect, it } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { DIALECTS, NO_BACKOFF, startService } from '../../support/service.js';

describe('retry budget', () => {
  it('limits the number of requests in an outage', async () => {
    const { service, connect } = await startService();
    service.faults.add({ status: 503 });
    const client = connect({ retry: NO_BACKOFF, breaker: false, cache: false });
    const blocked: string[] = [];
    client.on('retrySkipped', ({ blockedBy }) => blocked.push(blockedBy));
    await Promise.all(Array.from({ length: 300 }, () => client.personas.get(1).catch(() => {})));
    expect(service.requests.length).toBeLessThanOrEqual(330);
    expect(blocked.filter((blockedBy) => blockedBy === 'budget').length).toBeGreaterThan(200);
  });

  it('is not used for a failed login, which no retry repeats', async () => {
    const { service, connect } = await startService({ auth: { users: { ada: 'secret' } } });
    service.faults.add({ status: 503 });
    const auth = { username: 'ada', password: 'secret' };
    const client = connect({ auth, cache: false, breaker: false, retry: { ...NO_BACKOFF, budget: 10 } });
    const error = await expectRejection(PersonaError, client.personas.get(1));
    expect(error).toMatchObject({ status: 503, attempts: 0, timeline: [] });
    expect(service.requests).toHaveLength(1);
  });

  it('can be disabled', async () => {
    const { service, connect } = await startService();
    service.faults.add({ status: 503 });
    const client = connect({ retry: { ...NO_BACKOFF, budget: false }, breaker: false, cache: false });
    await Promise.all(Array.from({ length: 30 }, () => client.personas.get(1).catch(() => {})));
    expect(service.requests).toHaveLength(120);
  });
});

describe('circuit breaker', () => {
  it('rejects with the last error, without a delay, if that error opened the circuit', async () => {
    const { service, connect } = await startService();
    service.faults.add({ status: 503 });
    const client = connect({ retry: { backoffMs: 60_000, maxBackoffMs: 60_000 }, breaker: { failMax: 1 } });
    const error = await expectRejection(PersonaError, client.personas.get(1));
    expect(error).toMatchObject({ code: 'server_error', attempts: 1 });
    expect(error.timeline.at(-1)).toMatchObject({ event: 'retrySkipped', blockedBy: 'circuit' });
  });

  it('opens at a failure rate', async () => {
    const { service, connect } = await startService();
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
  it('lists all events in an error, with elapsed and remaining time', async () => {
    const { service, connect } = await startService();
    service.faults.add({ status: 503, times: 2 });
    service.faults.add({ reset: true });
    const client = connect({ retry: { ...NO_BACKOFF, limit: 2 } });
    const error = await expectRejection(PersonaError, client.personas.get(1, { deadlineMs: 5_000 }));
    expect(error.timeline.map(({ event }) => event)).toEqual(
      'cache request response retry request response retry request response'.split(' '),
    );
    for (const { elapsedMs, remainingMs } of error.timeline)
      expect(Math.round(elapsedMs + remainingMs)).toBeCloseTo(5_000, -2);
    expect(JSON.parse(JSON.stringify(error)).timeline).toHaveLength(9);
  });
});

describe('fallback', () => {
  it('is used if detecting the dialect fails', async () => {
    const { service, connect } = await startService();
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

  it('is used if the schema can be neither read nor composed', async () => {
    const { service, connect } = await startService();
    service.faults.add({ status: 503 });
    const substitute = { source: 'composed', schema: {} } as const;
    expect(await connect({ retry: false }).schema.get({ fallback: () => substitute })).toBe(substitute);
  });
});

describe('a delete', () => {
  it('fails if the response does not come from the service', async () => {
    const { service, connect } = await startService();
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

  it('finds the created persona after a lost response', async () => {
    const { service, connect } = await startService({ dialect });
    const client = connect({ onUnknownOutcome: 'reconcile' });
    service.faults.add({ reset: true, afterWrite: true, times: 1, match: { method: 'POST' } });
    const { data, meta } = await client.withMeta.personas.create(ada);
    expect(data).toMatchObject({ id: 6, name: 'Ada' });
    expect(meta.source).toBe('reconciled');
    expect((await client.personas.list()).total).toBe(6);
  });

  it('creates again after the late-write window', async () => {
    const { service, connect } = await startService({ dialect });
    const client = connect({ lateWriteWindowMs: 50 });
    service.faults.add({ reset: true, times: 1, match: { method: 'POST' } });
    const { meta } = await client.withMeta.personas.create(ada, { onUnknownOutcome: 'reconcile' });
    expect(meta).toMatchObject({ source: 'network', attempts: 2 });
    const events = meta.timeline.map(({ event }) => event);
    expect(events.slice(0, 3)).toEqual(['request', 'response', 'reconcile']);
    expect(events.slice(-3)).toEqual(['retry', 'request', 'response']);
    expect((await client.personas.list()).total).toBe(6);
  });

  it('distinguishes identical creates', async () => {
    const { service, connect } = await startService({ dialect, seed: false });
    const client = connect({ onUnknownOutcome: 'reconcile', lateWriteWindowMs: 30, breaker: false });
    for (const afterWrite of [true, false, true])
      service.faults.add({ reset: true, afterWrite, times: 2, match: { method: 'POST' } });
    const created = await Promise.all(
      Array.from({ length: 10 }, () => client.personas.create({ name: 'Ada' })),
    );
    expect(new Set(created.map(({ id }) => id)).size).toBe(10);
    expect((await client.personas.list()).total).toBe(10);
  });

  it('rejects with maybeApplied if the outcome is still unknown at the deadline', async () => {
    const { service, connect } = await startService({ dialect });
    const client = connect({ onUnknownOutcome: 'reconcile', lateWriteWindowMs: 10_000, deadlineMs: 300 });
    service.faults.add({ reset: true, times: 1, match: { method: 'POST' } });
    await expect(client.personas.create(ada)).rejects.toMatchObject({ maybeApplied: true });
    expect(service.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it('creates again at most retry.limit times while connections break', async () => {
    const { service, connect } = await startService({ dialect });
    service.faults.add({ reset: true, match: { method: 'POST' } });
    const client = connect({
      onUnknownOutcome: 'reconcile',
      lateWriteWindowMs: 0,
      retry: { ...NO_BACKOFF, limit: 2 },
      breaker: false,
    });
    await expect(client.personas.create(ada)).rejects.toMatchObject({
      code: 'connection_failed',
      attempts: 3,
      maybeApplied: true,
      message: expect.stringContaining('A search did not find the persona, although the list is complete.'),
    });
    expect(service.requests.filter(({ method }) => method === 'POST')).toHaveLength(3);
  });

  it.each([500, 502, 503, 504])(
    'creates again once after status %i, and not after a second one',
    async (status) => {
      const { service, connect } = await startService({ dialect });
      service.faults.add({ status, match: { method: 'POST' } });
      const client = connect({
        onUnknownOutcome: 'reconcile',
        lateWriteWindowMs: 0,
        retry: { ...NO_BACKOFF, limit: 5 },
        breaker: false,
      });
      await expect(client.personas.create(ada)).rejects.toMatchObject({
        code: 'server_error',
        attempts: 2,
        maybeApplied: true,
        message: expect.stringContaining('A search did not find the persona, although the list is complete.'),
      });
      expect(service.requests.filter(({ method }) => method === 'POST')).toHaveLength(2);
    },
  );

  it('rejects with the error of the create if the deadline ends the search', async () => {
    const { service, connect } = await startService({ dialect });
    service.faults.add({ reset: true, afterWrite: true, times: 1, match: { method: 'POST' } });
    service.faults.add({ stall: true, match: { method: 'GET' } });
    const create = connect({ onUnknownOutcome: 'reconcile' }).personas.create(ada, { deadlineMs: 200 });
    await expect(create).rejects.toMatchObject({
      maybeApplied: true,
      request: { method: 'POST' },
    });
  });

  it('ignores personas that are older or have other data', async () => {
    let behindMs = 600_000;
    const { service, connect } = await startService({ dialect, now: () => Date.now() - behindMs });
    const otherClient = connect();
    await otherClient.personas.create(ada);
    behindMs = 0;
    await otherClient.personas.create({
      ...ada,
      psychographic: { interests: [...ada.psychographic.interests, 'chess'] },
    });
    service.faults.add({ reset: true, times: 1, match: { method: 'POST' } });
    const client = connect({ onUnknownOutcome: 'reconcile', lateWriteWindowMs: 0, retry: NO_BACKOFF });
    await expect(client.personas.create(ada)).resolves.toMatchObject({ id: 8 });
  });

  it('searches with the headers of the call', async () => {
    const { service, connect } = await startService({ dialect });
    service.faults.add({ reset: true, afterWrite: true, times: 1, match: { method: 'POST' } });
    await connect({ onUnknownOutcome: 'reconcile' }).personas.create(ada, { headers: { 'x-tenant': 'b' } });
    expect(service.requests.map(({ headers }) => headers['x-tenant'])).toEqual(['b', 'b']);
  });

  it('does not search with retry: false', async () => {
    const { service, connect } = await startService({ dialect });
    service.faults.add({ reset: true, afterWrite: true });
    await expect(
      connect({ onUnknownOutcome: 'reconcile', retry: false }).personas.create(ada),
    ).rejects.toMatchObject({
      maybeApplied: true,
    });
    expect(service.requests).toHaveLength(1);
  });
});
