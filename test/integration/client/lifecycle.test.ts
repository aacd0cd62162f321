import { setImmediate } from 'node:timers/promises';
import { inspect } from 'node:util';
import { PersonaAbortError, PersonaClient, PersonaError, PersonaTimeoutError } from 'persona-client';
import { createMany } from 'persona-client/collections';
import { describe, expect, it, vi } from 'vitest';
import { catchError, expectRejection } from '../../support/failures.js';
import { PERSONA_BODY } from '../../support/personas.js';
import { createTestClient, startService } from '../../support/service.js';

describe('abort', () => {
  it('rejects a call immediately with an AbortError whose cause is the reason', async () => {
    const { service, connect } = await startService();
    service.faults.add({ stall: true });
    const controller = new AbortController();
    const reason = new Error('the user left the page');
    const client = connect();
    client.on('request', () => controller.abort(reason));
    const error = await expectRejection(
      PersonaAbortError,
      client.personas.get(1, { signal: controller.signal }),
    );
    expect(error).toMatchObject({ name: 'AbortError', code: 'aborted', cause: reason, maybeApplied: false });
  });

  it.each(['before a call', 'during a call', 'during a bulk run'])(
    'with a reason that cannot be read has a readable cause: %s',
    async (when) => {
      const { service, connect } = await startService();
      service.faults.add({ stall: true });
      const client = connect();
      const controller = new AbortController();
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      if (when === 'before a call') controller.abort(proxy);
      client.on('request', () => controller.abort(proxy));
      const { signal } = controller;
      const error = await expectRejection(
        PersonaAbortError,
        when === 'during a bulk run'
          ? createMany(client, [{ name: 'Ada' }], { signal }).finish()
          : client.personas.get(1, { signal }),
      );
      expect(JSON.parse(JSON.stringify(error))).toMatchObject({ code: 'aborted', cause: { name: 'Error' } });
      expect(inspect(error)).toContain('AbortError');
    },
  );

  it('sends nothing if the signal is already aborted', async () => {
    const { service, connect } = await startService();
    await expect(connect().personas.list({}, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    });
    expect(service.requests).toEqual([]);
  });

  it('sends nothing if the call is aborted or the client closed synchronously', async () => {
    const { service, connect } = await startService();
    service.faults.add({ stall: true });
    const client = connect();
    const closed = connect();
    const controller = new AbortController();
    const calls = [client.personas.get(1, { signal: controller.signal }), closed.personas.get(1)];
    controller.abort();
    closed.close();
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'aborted' });
    expect(service.requests).toEqual([]);
  });

  it('sets maybeApplied if a write was in flight', async () => {
    const { service, connect } = await startService();
    service.faults.add({ stall: true, afterWrite: true });
    const controller = new AbortController();
    const client = connect({
      fetch: (...request) => {
        const response = fetch(...request);
        controller.abort();
        return response;
      },
    });
    const create = client.personas.create({ name: 'Ada' }, { signal: controller.signal });
    await expect(create).rejects.toMatchObject({ code: 'aborted', maybeApplied: true });
  });

  it('removes its listeners from the signal', async () => {
    const { service, connect } = await startService();
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

describe('ending a read in flight', () => {
  const ENDINGS: Record<string, (client: PersonaClient, controller: AbortController) => void> = {
    'an aborted signal': (_, controller) => controller.abort(),
    'client.close()': (client) => client.close(),
    'the deadline': () => {},
  };

  it.each(Object.entries(ENDINGS))('%s: emits the response event before callEnd', async (cause, end) => {
    const { service, connect } = await startService();
    service.faults.add({ stall: true });
    const client = connect({ dialect: 'subresource' });
    const events: string[] = [];
    client.on('response', ({ callId }) => events.push(`response ${callId}`));
    client.on('callEnd', ({ callId }) => events.push(`callEnd ${callId}`));
    const controller = new AbortController();
    const isShared = cause !== 'the deadline'; // calls with their own deadline share no request
    const options = isShared ? { signal: controller.signal } : { deadlineMs: 200 };
    const read = expectRejection(PersonaError, client.personas.get(1, options));
    const deduplicated = isShared ? client.personas.get(1, options).catch(() => {}) : undefined;
    await vi.waitFor(() => expect(service.requests).toHaveLength(1));
    end(client, controller);
    const { timeline } = await read;
    await deduplicated;
    expect(events).toEqual(['response 1', 'callEnd 1', ...(isShared ? ['callEnd 2'] : [])]);
    expect(timeline.map(({ event }) => event)).toEqual(['cache', 'request', 'response']);
  });
});

describe('deadline', () => {
  it('limits the whole call, and the error names the last failure', async () => {
    const { service, connect } = await startService();
    service.faults.add({ status: 503, times: 1 });
    service.faults.add({ stall: true });
    const error = await expectRejection(
      PersonaTimeoutError,
      connect({ retry: { backoffMs: 0 } }).personas.get(1, { deadlineMs: 150 }),
    );
    expect(error).toMatchObject({ scope: 'deadline', attempts: 2, lastError: { status: 503 } });
    expect(error.message).toMatch(/within 150 ms.*failed with 503/);
  });

  it('includes the time in the queue', async () => {
    const { service, connect } = await startService();
    service.faults.add({ stall: true, match: { path: '/api/v1/personas/1' } });
    const client = connect({ concurrency: 1 });
    const controller = new AbortController();
    const blocking = client.personas.get(1, { signal: controller.signal }).catch(() => {});
    await expect(client.personas.get(2, { deadlineMs: 50 })).rejects.toMatchObject({
      scope: 'deadline',
      attempts: 0,
    });
    controller.abort();
    await blocking;
  });

  it('does not count against the circuit breaker', async () => {
    const { service, connect } = await startService();
    service.faults.add({ stall: true });
    const client = connect({ breaker: { failMax: 1 } });
    await client.personas.get(1, { deadlineMs: 30 }).catch(() => {});
    expect(client.circuit).toBe('closed');
  });
});

describe('timeout', () => {
  it('aborts an attempt whose body stalls, and retries', async () => {
    const { service, connect } = await startService();
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

describe('a broken connection', () => {
  it.each([
    ['before the response', { reset: true }],
    ['in the middle of the body', { dropAfterBytes: 20 }],
  ] as const)('%s: a read is retried', async (_name, fault) => {
    const { service, connect } = await startService();
    service.faults.add({ ...fault, times: 1 });
    const { data, meta } = await connect({ retry: { backoffMs: 0 } }).withMeta.personas.get(1);
    expect([data.id, meta.attempts]).toEqual([1, 2]);
  });

  it('a create is not retried, and its error has maybeApplied', async () => {
    const { service, connect } = await startService({ seed: false });
    service.faults.add({ reset: true, afterWrite: true, match: { method: 'POST' } });
    const client = connect();
    await expect(client.personas.create({ name: 'Ada' })).rejects.toMatchObject({
      code: 'connection_failed',
      maybeApplied: true,
      attempts: 1,
    });
    expect((await client.personas.list()).total).toBe(1);
  });

  it('a retried delete succeeds if the persona is already gone', async () => {
    const { service, connect } = await startService();
    service.faults.add({ reset: true, afterWrite: true, times: 1, match: { method: 'DELETE' } });
    await expect(connect({ retry: { backoffMs: 0 } }).personas.delete(1)).resolves.toBeUndefined();
  });

  it('a refused connection is retried, and maybeApplied is false', async () => {
    const { service, url } = await startService();
    await service.close();
    const client = createTestClient({ baseUrl: url, retry: { limit: 2, backoffMs: 0 } });
    await expect(client.personas.create({ name: 'Ada' })).rejects.toMatchObject({
      code: 'connection_failed',
      attempts: 3,
      maybeApplied: false,
    });
  });
});

describe('close', () => {
  it('aborts calls in flight and later calls', async () => {
    const { service, connect } = await startService();
    service.faults.add({ stall: true });
    const client = connect();
    client.on('request', () => client.close());
    await expect(client.personas.get(1)).rejects.toMatchObject({ code: 'aborted' });
    await expect(client.personas.get(2)).rejects.toThrow(/the client was closed/);
  });

  const hang = () => new Promise<never>(() => {});
  it.for([
    ['login', { token: 'token' }],
    ['logout', { token: 'token' }],
    ['refresh', { accessToken: 'access', refreshToken: 'refresh' }],
    ['refresh', { getToken: hang }],
  ] as const)('of a view aborts auth.%s, before and during it', async ([action, auth]) => {
    const fetch = vi.fn<typeof globalThis.fetch>(hang);
    const client = createTestClient({ fetch, timeoutMs: 60_000, deadlineMs: 60_000 });
    const view = client.as(auth);
    const run = () => view.auth[action]({ username: 'ada', password: 'password' });
    const pending = expectRejection(PersonaAbortError, run());
    if (!('getToken' in auth)) await vi.waitFor(() => expect(fetch).toHaveBeenCalledOnce());
    view.close();
    const { message } = await pending;
    expect(message).toContain(`auth.${action} was aborted because the client was closed`);
    const { length: requests } = fetch.mock.calls;
    await expectRejection(PersonaAbortError, run());
    expect(fetch).toHaveBeenCalledTimes(requests);
    client.close();
  });

  it.each([1, 10])(
    'aborts a call at any point, and never blames the circuit, concurrency: %i',
    async (concurrency) => {
      const answer = async () => {
        await setImmediate();
        return Response.json(PERSONA_BODY);
      };
      for (let steps = 0; steps < 40; steps++) {
        const client = createTestClient({
          fetch: answer as never,
          dialect: 'subresource',
          cache: false,
          concurrency,
        });
        await client.personas.get(1); // loads the code of a call, so that the next one takes the usual path
        const call = catchError(client.personas.get(2));
        for (let step = 0; step < steps; step++) await undefined;
        client.close();
        const error = (await call) as PersonaError | undefined;
        expect([undefined, 'aborted']).toContain(error?.code);
      }
    },
  );

  it('is called by `using`', async () => {
    const { url } = await startService();
    let closedClient: PersonaClient;
    {
      using client = new PersonaClient({ baseUrl: url });
      await client.personas.get(1);
      closedClient = client;
    }
    await expect(closedClient.personas.get(2)).rejects.toThrow(/the client was closed/);
  });
});
