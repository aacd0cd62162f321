import { PersonaError } from 'persona-client';
import { describe, expect, it } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { countOutcomes, outcomeCode, serveThroughProxy, settle } from '../../support/proxied-service.js';
import { rawResponse } from '../../support/raw-response.js';
import { addRow } from './support/report-table.js';

describe('concurrency', () => {
  it('limits 10,000 simultaneous calls to 20 exchanges and 20 sockets, in order', async ({ task }) => {
    const { connect, proxy, service } = await serveThroughProxy({ seed: 10_000 });
    const client = connect({ concurrency: 20, cache: false, deadlineMs: 120_000 });
    let inFlight = 0;
    let maxInFlight = 0;
    const startedIds: number[] = [];
    client.on('request', ({ url }) => {
      maxInFlight = Math.max(maxInFlight, ++inFlight);
      startedIds.push(Number(url.split('/').at(-1)));
    });
    client.on('response', () => inFlight--);
    const outcomes = await Promise.all(
      Array.from({ length: 10_000 }, async (_, index) => {
        const outcome = await settle(client.personas.get(index + 1));
        return outcomeCode(outcome);
      }),
    );
    const sent = proxy.requestCounts.get('GET') ?? 0;
    const { maxOpen: sockets } = proxy.connections;
    const maxDisplacement = Math.max(...startedIds.map((id, index) => Math.abs(id - 1 - index)));
    addRow(task, {
      fault: '10,000 simultaneous calls, concurrency 20',
      calls: 10_000,
      sent,
      outcomes: `${countOutcomes(outcomes)}; at most ${maxInFlight} in flight, ${maxDisplacement} positions out of order, ${sockets} sockets`,
    });
    expect(countOutcomes(outcomes)).toBe('10000 ok');
    expect(maxInFlight).toBe(20);
    expect(sockets).toBeLessThanOrEqual(20);
    expect(maxDisplacement).toBeLessThanOrEqual(20);
    expect(service.requests).toHaveLength(10_000);
  });

  it('lets queued calls abort or expire without counting against the circuit breaker', async ({ task }) => {
    const { connect, proxy, service } = await serveThroughProxy({ seed: true });
    const removeFault = service.faults.add({ stall: true });
    const client = connect({ concurrency: 2, cache: false, breaker: { failMax: 1 }, retry: false });
    const queuedController = new AbortController();
    const runningController = new AbortController();
    let received = 0;
    const bothReceived = new Promise<void>((resolve) => {
      proxy.chooseFault = () => {
        if (++received === 2) resolve();
        return undefined;
      };
    });
    const stalled = Array.from({ length: 2 }, () =>
      expectRejection(PersonaError, client.personas.get(1, { signal: runningController.signal })),
    );
    await bothReceived;
    const queued = Array.from({ length: 1_000 }, () =>
      expectRejection(PersonaError, client.personas.get(1, { signal: queuedController.signal })),
    );
    const expiring = Array.from({ length: 100 }, () =>
      expectRejection(PersonaError, client.personas.get(1, { deadlineMs: 50 })),
    );
    queuedController.abort(new Error('aborted'));
    const codes = (await Promise.all([...queued, ...expiring])).map(({ code, attempts, maybeApplied }) => {
      expect(maybeApplied).toBe(false);
      return `${code} after ${attempts} attempts`;
    });
    expect(client.circuit).toBe('closed');
    removeFault();
    runningController.abort();
    await Promise.all(stalled);
    expect((await client.personas.get(1)).id).toBe(1);
    const sent = proxy.requestCounts.get('GET') ?? 0;
    addRow(task, {
      fault: '1,100 queued calls abort or expire',
      calls: 1_103,
      sent,
      outcomes: countOutcomes(codes),
    });
    expect(sent).toBe(3);
  });

  it('also limits calls that fail, time out or abort', async ({ task }) => {
    const { connect, proxy } = await serveThroughProxy({ seed: true });
    let requestIndex = 0;
    proxy.chooseFault = () =>
      [
        undefined,
        { type: 'cut-request', bytes: 0, close: 'reset' } as const,
        { type: 'cut-request', bytes: 1_000_000, close: 'reset' } as const,
        { type: 'replace-response', response: rawResponse(503), afterWrite: false } as const,
      ][requestIndex++ % 4];
    const client = connect({
      concurrency: 5,
      cache: false,
      breaker: false,
      retry: { limit: 1, backoffMs: 1, budget: false },
    });
    let inFlight = 0;
    let maxInFlight = 0;
    client.on('request', () => {
      maxInFlight = Math.max(maxInFlight, ++inFlight);
    });
    client.on('response', () => inFlight--);
    const outcomes = await Promise.all(
      Array.from({ length: 2_000 }, async (_, index) => {
        const outcome = await settle(
          client.personas.get(1, index % 7 === 0 ? { signal: AbortSignal.timeout(index % 50) } : {}),
        );
        return outcomeCode(outcome);
      }),
    );
    addRow(task, {
      fault: '2,000 simultaneous calls, concurrency 5, half of them cut, 503 or aborted',
      calls: 2_000,
      sent: proxy.requestCounts.get('GET') ?? 0,
      outcomes: `${countOutcomes(outcomes.toSorted())}; at most ${maxInFlight} in flight`,
    });
    expect(maxInFlight).toBe(5);
    expect(inFlight).toBe(0);
  });
});
