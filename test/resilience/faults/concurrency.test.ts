import { describe, expect, it } from 'vitest';
import { answered } from './support/raw.js';
import { tell } from './support/table.js';
import { errorOf, settle, tally, world } from './support/world.js';

describe('concurrency', () => {
  it('holds for 10,000 calls at once, in order, on as many sockets', async ({ task }) => {
    const { connect, proxy, service } = await world({ seed: 10_000 });
    const client = connect({ concurrency: 20, cache: false, deadlineMs: 120_000 });
    let inFlight = 0;
    let most = 0;
    const begun: number[] = [];
    client.on('request', ({ url }) => {
      most = Math.max(most, ++inFlight);
      begun.push(Number(url.split('/').at(-1)));
    });
    client.on('response', () => inFlight--);
    const outcomes = await Promise.all(
      Array.from({ length: 10_000 }, async (_, at) => {
        const outcome = await settle(client.personas.get(at + 1));
        return 'error' in outcome ? outcome.error.code : 'ok';
      }),
    );
    const sent = proxy.requests.get('GET') ?? 0;
    const { most: sockets } = proxy.connections;
    const overtaken = Math.max(...begun.map((id, place) => Math.abs(id - 1 - place)));
    tell(task, {
      fault: '10,000 calls at once, concurrency 20',
      calls: 10_000,
      sent,
      outcomes: `${tally(outcomes)}; at most ${most} in flight, ${overtaken} places out of order, ${sockets} sockets`,
    });
    expect(tally(outcomes)).toBe('10000 ok');
    expect(most).toBe(20);
    expect(sockets).toBeLessThanOrEqual(20);
    expect(overtaken).toBeLessThanOrEqual(20);
    expect(service.requests).toHaveLength(10_000);
  });

  it('lets who waits leave the queue, is not counted by the breaker, and goes on', async ({ task }) => {
    const { connect, proxy, service } = await world({ seed: true });
    const removeFault = service.faults.add({ stall: true });
    const client = connect({ concurrency: 2, cache: false, breaker: { failMax: 1 }, retry: false });
    const leave = new AbortController();
    const running = new AbortController();
    let begun = 0;
    const both = new Promise<void>((resolve) => {
      proxy.plan = () => {
        if (++begun === 2) resolve();
        return undefined;
      };
    });
    const stalled = Array.from({ length: 2 }, () =>
      errorOf(client.personas.get(1, { signal: running.signal })),
    );
    await both;
    const waiting = Array.from({ length: 1_000 }, () =>
      errorOf(client.personas.get(1, { signal: leave.signal })),
    );
    const late = Array.from({ length: 100 }, () => errorOf(client.personas.get(1, { deadlineMs: 50 })));
    leave.abort(new Error('left'));
    const codes = (await Promise.all([...waiting, ...late])).map(({ code, attempts, maybeApplied }) => {
      expect(maybeApplied).toBe(false);
      return `${code} after ${attempts} attempts`;
    });
    expect(client.circuit).toBe('closed');
    removeFault();
    running.abort();
    await Promise.all(stalled);
    expect((await client.personas.get(1)).id).toBe(1);
    const sent = proxy.requests.get('GET') ?? 0;
    tell(task, { fault: '1,100 calls leave the queue', calls: 1_103, sent, outcomes: tally(codes) });
    expect(sent).toBe(3);
  });

  it('is held by calls that fail, time out or are aborted, too', async ({ task }) => {
    const { connect, proxy } = await world({ seed: true });
    let nth = 0;
    proxy.plan = () =>
      [
        undefined,
        { at: 'request', bytes: 0, how: 'reset' } as const,
        { at: 'request', bytes: 1_000_000, how: 'reset' } as const,
        { at: 'instead', answer: answered(503), afterWrite: false } as const,
      ][nth++ % 4];
    const client = connect({
      concurrency: 5,
      cache: false,
      breaker: false,
      retry: { limit: 1, backoffMs: 1, budget: false },
    });
    let inFlight = 0;
    let most = 0;
    client.on('request', () => {
      most = Math.max(most, ++inFlight);
    });
    client.on('response', () => inFlight--);
    const outcomes = await Promise.all(
      Array.from({ length: 2_000 }, async (_, at) => {
        const outcome = await settle(
          client.personas.get(1, at % 7 === 0 ? { signal: AbortSignal.timeout(at % 50) } : {}),
        );
        return 'error' in outcome ? outcome.error.code : 'ok';
      }),
    );
    tell(task, {
      fault: '2,000 calls at once, concurrency 5, half of them cut, 503 or aborted',
      calls: 2_000,
      sent: proxy.requests.get('GET') ?? 0,
      outcomes: `${tally(outcomes.toSorted())}; at most ${most} in flight`,
    });
    expect(most).toBe(5);
    expect(inFlight).toBe(0);
  });
});
