import { describe, expect, it } from 'vitest';
import { CALLS, FAULTS } from './support/faults.js';
import type { Cut } from './support/proxy.js';
import { answered } from './support/raw.js';
import { tell } from './support/table.js';
import { watchTimers } from './support/timers.js';
import { settle, tally, world } from './support/world.js';

/** The README's table. */
function triesOf(fault: string, method: string): number {
  if (/redirect|HTML/.test(fault)) return 1;
  return method !== 'POST' || fault === '429' ? 4 : 1;
}

describe('the table of retries', () => {
  it.for(Object.keys(CALLS))('%s', async (method, { task }) => {
    const timers = watchTimers();
    const wrong: string[] = [];
    const outcomes: string[] = [];
    let sent = 0;
    for (const [fault, cut] of Object.entries(FAULTS)) {
      const { connect, proxy } = await world({ seed: true });
      proxy.plan = () => cut;
      const client = connect({ retry: { limit: 3, backoffMs: 1 }, breaker: false });
      const outcome = await settle(CALLS[method]?.(client) ?? Promise.resolve());
      const tries = proxy.requests.get(method) ?? 0;
      sent += tries;
      outcomes.push('error' in outcome ? outcome.error.code : 'ok');
      if (tries !== triesOf(fault, method)) wrong.push(`${fault}: ${tries} requests`);
    }
    const calls = outcomes.length;
    tell(task, { fault: `${method}, every fault, 3 retries`, calls, sent, outcomes: tally(outcomes) });
    expect(wrong).toEqual([]);
    expect(outcomes).not.toContain('ok');
    expect(timers.impossible).toEqual([]);
  });

  it.for([
    ['subresource', '{"message":"400 Bad Request: The browser sent a request","status_code":500}', true],
    ['attributes', '{"error":"400 Bad Request: The browser sent a request"}', true],
    [
      'SQL that quotes what a user wrote',
      '{"error":"INSERT failed [parameters: (\'400 Bad Request\')]"}',
      false,
    ],
  ] as const)("a 500 that wraps the service's own 400: %s", async ([what, body, wraps], { task }) => {
    const tried: number[] = [];
    for (const [method, call] of Object.entries(CALLS)) {
      const { connect, proxy } = await world({ seed: true });
      proxy.plan = (): Cut => ({ at: 'instead', answer: answered(500, body), afterWrite: false });
      const outcome = await settle(call(connect({ retry: { backoffMs: 0 }, breaker: false })));
      tried.push(proxy.requests.get(method) ?? 0);
      const code = wraps ? 'rejected_input' : 'server_error';
      expect(outcome).toMatchObject({ error: { code, maybeApplied: !wraps && method !== 'GET' } });
    }
    const sent = tried.reduce((sum, tries) => sum + tries, 0);
    tell(task, {
      fault: `500 with 400 Bad Request in it: ${what}`,
      calls: 4,
      sent,
      outcomes: '4 server errors',
    });
    expect(tried).toEqual(wraps ? [1, 1, 1, 1] : [4, 1, 4, 4]);
  });

  it('jitters in full: waits are spread over the whole of each range', async () => {
    const { connect, service } = await world({ seed: true });
    service.faults.add({ status: 503 });
    const client = connect({
      retry: { limit: 3, backoffMs: 20, budget: false },
      breaker: false,
      cache: false,
    });
    const waits: number[][] = [[], [], []];
    client.on('retry', ({ attempt, delayMs: waitMs }) => waits[attempt - 2]?.push(waitMs));
    await Promise.all(Array.from({ length: 300 }, () => settle(client.personas.get(1))));
    for (const [at, range] of [20, 40, 80].entries()) {
      const sorted = (waits[at] ?? []).toSorted((a, b) => a - b);
      expect(sorted).toHaveLength(300);
      expect(sorted[0]).toBeLessThan(range * 0.1);
      expect(sorted.at(-1)).toBeGreaterThan(range * 0.9);
      expect(sorted.at(-1)).toBeLessThanOrEqual(range);
    }
  });
});
