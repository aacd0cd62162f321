import { PersonaAbortError, PersonaClient, PersonaTimeoutError } from 'persona-client';
import { describe, expect, it, vi } from 'vitest';
import { clientOf, serve } from '../../support/service.js';

describe('abort', () => {
  it('ends a call at once, with the reason as its cause and a name that every library knows', async () => {
    const { service, connect } = await serve();
    service.faults.add({ stall: true });
    const leaving = new AbortController();
    const reason = new Error('the user left the page');
    const client = connect();
    client.on('request', () => leaving.abort(reason));
    const error = await client.personas.get(1, { signal: leaving.signal }).catch((failure) => failure);
    expect(error).toBeInstanceOf(PersonaAbortError);
    expect(error).toMatchObject({ name: 'AbortError', code: 'aborted', cause: reason, maybeApplied: false });
  });

  it('before the call sends nothing', async () => {
    const { service, connect } = await serve();
    await expect(connect().personas.list({}, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    });
    expect(service.requests).toEqual([]);
  });

  it('in the turn in which the call was made sends nothing either, nor does closing the client', async () => {
    const { service, connect } = await serve();
    service.faults.add({ stall: true });
    const client = connect();
    const closed = connect();
    const leaving = new AbortController();
    const calls = [client.personas.get(1, { signal: leaving.signal }), closed.personas.get(1)];
    leaving.abort();
    closed.close();
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'aborted' });
    expect(service.requests).toEqual([]);
  });

  it('of a write under way says that it may have taken effect', async () => {
    const { service, connect } = await serve();
    service.faults.add({ stall: true, afterWrite: true });
    const leaving = new AbortController();
    const client = connect({
      fetch: (...request) => {
        const answer = fetch(...request);
        leaving.abort();
        return answer;
      },
    });
    const creating = client.personas.create({ name: 'Ada' }, { signal: leaving.signal });
    await expect(creating).rejects.toMatchObject({ code: 'aborted', maybeApplied: true });
  });

  it('leaves no listener on a signal that lives longer than the call', async () => {
    const { service, connect } = await serve();
    const signal = new AbortController().signal;
    let listeners = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners++;
      addEventListener.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners--;
      removeEventListener.apply(signal, args);
    };
    const client = connect({ retry: { backoffMs: 0 } });
    service.faults.add({ status: 503, times: 1 });
    await client.personas.get(1, { signal });
    await client.personas.get(99_999, { signal }).catch(() => {});
    await client.personas.get(0, { signal }).catch(() => {});
    expect(listeners).toBe(0);
  });
});

describe('what ends a read under way', () => {
  const ENDS: Record<string, (client: PersonaClient, leaving: AbortController) => void> = {
    'the caller': (_, leaving) => leaving.abort(),
    'the client': (client) => client.close(),
    'its deadline': () => {},
  };

  it.each(Object.entries(ENDS))(
    '%s: the end of its exchange is told before that of the call',
    async (by, end) => {
      const { service, connect } = await serve();
      service.faults.add({ stall: true });
      const client = connect({ dialect: 'subresource' });
      const told: string[] = [];
      client.on('response', ({ callId }) => told.push(`response ${callId}`));
      client.on('callEnd', ({ callId }) => told.push(`end ${callId}`));
      const leaving = new AbortController();
      const isShared = by !== 'its deadline'; // each has its own
      const how = isShared ? { signal: leaving.signal } : { deadlineMs: 200 };
      const reading = client.personas.get(1, how).catch((error) => error);
      const joined = isShared ? client.personas.get(1, how).catch(() => {}) : undefined;
      await vi.waitFor(() => expect(service.requests).toHaveLength(1));
      end(client, leaving);
      const { timeline } = await reading;
      await joined;
      expect(told).toEqual(['response 1', 'end 1', ...(isShared ? ['end 2'] : [])]);
      expect(timeline.map(({ event }: { event: string }) => event)).toEqual(['cache', 'request', 'response']);
    },
  );
});

describe('deadline', () => {
  it('bounds the whole call, and names the last failure', async () => {
    const { service, connect } = await serve();
    service.faults.add({ status: 503, times: 1 });
    service.faults.add({ stall: true });
    const error = await connect({ retry: { backoffMs: 0 } })
      .personas.get(1, { deadlineMs: 150 })
      .catch((failure) => failure);
    expect(error).toBeInstanceOf(PersonaTimeoutError);
    expect(error).toMatchObject({ scope: 'deadline', attempts: 2, lastError: { status: 503 } });
    expect(error.message).toMatch(/within 150 ms.*answered 503/);
  });

  it('covers the wait for a place in the queue', async () => {
    const { service, connect } = await serve();
    service.faults.add({ stall: true, match: { path: '/api/v1/personas/1' } });
    const client = connect({ concurrency: 1 });
    const leaving = new AbortController();
    const holding = client.personas.get(1, { signal: leaving.signal }).catch(() => {});
    await expect(client.personas.get(2, { deadlineMs: 50 })).rejects.toMatchObject({
      scope: 'deadline',
      attempts: 0,
    });
    leaving.abort();
    await holding;
  });

  it('does not open the circuit for everyone', async () => {
    const { service, connect } = await serve();
    service.faults.add({ stall: true });
    const client = connect({ breaker: { failMax: 1 } });
    await client.personas.get(1, { deadlineMs: 30 }).catch(() => {});
    expect(client.circuit).toBe('closed');
  });
});

describe('timeout', () => {
  it('ends an attempt whose body stalls, and tries again', async () => {
    const { service, connect } = await serve();
    service.faults.add({ stall: true, times: 1 });
    const { meta } = await connect({ timeoutMs: 100, retry: { backoffMs: 0 } }).withMeta.personas.get(1);
    expect(meta.attempts).toBe(2);
    expect(meta.timeline.map(({ event }) => event)).toEqual([
      'cache',
      'request',
      'response',
      'retry',
      'request',
      'response',
    ]);
    expect(meta.timeline[2]).toMatchObject({ error: 'timeout' });
  });
});

describe('a cut connection', () => {
  it.each([
    ['before the answer', { reset: true }],
    ['in the middle of the body', { dropAfterBytes: 20 }],
  ] as const)('%s is a failed attempt of a read', async (_name, fault) => {
    const { service, connect } = await serve();
    service.faults.add({ ...fault, times: 1 });
    const { data, meta } = await connect({ retry: { backoffMs: 0 } }).withMeta.personas.get(1);
    expect([data.id, meta.attempts]).toEqual([1, 2]);
  });

  it('leaves a create in doubt: it is sent once, and the error says so', async () => {
    const { service, connect } = await serve({ seed: false });
    service.faults.add({ reset: true, afterWrite: true, match: { method: 'POST' } });
    const client = connect();
    await expect(client.personas.create({ name: 'Ada' })).rejects.toMatchObject({
      code: 'connection_failed',
      maybeApplied: true,
      attempts: 1,
    });
    expect((await client.personas.list()).total).toBe(1);
  });

  it('does not make a deleted persona an error', async () => {
    const { service, connect } = await serve();
    service.faults.add({ reset: true, afterWrite: true, times: 1, match: { method: 'DELETE' } });
    await expect(connect({ retry: { backoffMs: 0 } }).personas.delete(1)).resolves.toBeUndefined();
  });

  it('nobody listening: refused, tried again, and provably nothing written', async () => {
    const { service, url } = await serve();
    await service.close();
    const client = clientOf({ baseUrl: url, retry: { limit: 2, backoffMs: 0 } });
    await expect(client.personas.create({ name: 'Ada' })).rejects.toMatchObject({
      code: 'connection_failed',
      attempts: 3,
      maybeApplied: false,
    });
  });
});

describe('close', () => {
  it('ends what is under way and what comes later', async () => {
    const { service, connect } = await serve();
    service.faults.add({ stall: true });
    const client = connect();
    client.on('request', () => client.close());
    await expect(client.personas.get(1)).rejects.toMatchObject({ code: 'aborted' });
    await expect(client.personas.get(2)).rejects.toThrow(/the client was closed/);
  });

  it('is what `using` calls', async () => {
    const { url } = await serve();
    let kept: PersonaClient;
    {
      using client = new PersonaClient({ baseUrl: url });
      await client.personas.get(1);
      kept = client;
    }
    await expect(kept.personas.get(2)).rejects.toThrow(/the client was closed/);
  });
});
