import { describe, expect, it } from 'vitest';
import type { ProxyFault } from '../../support/fault-proxy.js';
import { countOutcomes, outcomeCode, serveThroughProxy, settle } from '../../support/proxied-service.js';
import { rawResponse } from '../../support/raw-response.js';
import { CALL_BY_METHOD, FAULTS } from './support/faults.js';
import { addRow } from './support/report-table.js';
import { watchTimers } from './support/timers.js';

/** The table in docs/reference/rules.md. */
function expectedRequests(fault: string, method: string): number {
  if (/redirect|HTML/.test(fault)) return 1;
  return method !== 'POST' || fault === '429' ? 4 : 1;
}

describe('retries by fault', () => {
  it.for(Object.keys(CALL_BY_METHOD))(
    'sends as many requests as documented: %s',
    async (method, { task }) => {
      const timers = watchTimers();
      const mismatches: string[] = [];
      const outcomes: string[] = [];
      let sent = 0;
      for (const [name, fault] of Object.entries(FAULTS)) {
        const { connect, proxy } = await serveThroughProxy({ seed: true });
        proxy.chooseFault = () => fault;
        const client = connect({ retry: { limit: 3, backoffMs: 1 }, breaker: false });
        const outcome = await settle(CALL_BY_METHOD[method]?.(client) ?? Promise.resolve());
        const requests = proxy.requestCounts.get(method) ?? 0;
        sent += requests;
        outcomes.push(outcomeCode(outcome));
        if (requests !== expectedRequests(name, method)) mismatches.push(`${name}: ${requests} requests`);
      }
      const calls = outcomes.length;
      addRow(task, {
        fault: `${method}, every fault, 3 retries`,
        calls,
        sent,
        outcomes: countOutcomes(outcomes),
      });
      expect(mismatches).toEqual([]);
      expect(outcomes).not.toContain('ok');
      expect(timers.invalidMs).toEqual([]);
    },
  );

  it.for([
    ['subresource', '{"message":"400 Bad Request: The browser sent a request","status_code":500}', true],
    ['attributes', '{"error":"400 Bad Request: The browser sent a request"}', true],
    ['SQL that quotes user input', '{"error":"INSERT failed [parameters: (\'400 Bad Request\')]"}', false],
  ] as const)(
    'retries a 500 unless it wraps a 400 of the service: %s',
    async ([name, body, wrapsBadRequest], { task }) => {
      const requests: number[] = [];
      for (const [method, call] of Object.entries(CALL_BY_METHOD)) {
        const { connect, proxy } = await serveThroughProxy({ seed: true });
        proxy.chooseFault = (): ProxyFault => ({
          type: 'replace-response',
          response: rawResponse(500, body),
          afterWrite: false,
        });
        const outcome = await settle(call(connect({ retry: { backoffMs: 0 }, breaker: false })));
        requests.push(proxy.requestCounts.get(method) ?? 0);
        const code = wrapsBadRequest ? 'rejected_input' : 'server_error';
        expect(outcome).toMatchObject({
          error: { code, maybeApplied: !wrapsBadRequest && method !== 'GET' },
        });
      }
      const sent = requests.reduce((sum, count) => sum + count, 0);
      addRow(task, {
        fault: `500 with 400 Bad Request in the body: ${name}`,
        calls: 4,
        sent,
        outcomes: '4 server errors',
      });
      expect(requests).toEqual(wrapsBadRequest ? [1, 1, 1, 1] : [4, 1, 4, 4]);
    },
  );

  it('uses full jitter: delays cover the whole range', async () => {
    const { connect, service } = await serveThroughProxy({ seed: true });
    service.faults.add({ status: 503 });
    const client = connect({
      retry: { limit: 3, backoffMs: 20, budget: false },
      breaker: false,
      cache: false,
    });
    const delays: number[][] = [[], [], []];
    client.on('retry', ({ attempt, delayMs }) => delays[attempt - 2]?.push(delayMs));
    await Promise.all(Array.from({ length: 300 }, () => settle(client.personas.get(1))));
    for (const [index, maxMs] of [20, 40, 80].entries()) {
      const sorted = (delays[index] ?? []).toSorted((a, b) => a - b);
      expect(sorted).toHaveLength(300);
      expect(sorted[0]).toBeLessThan(maxMs * 0.1);
      expect(sorted.at(-1)).toBeGreaterThan(maxMs * 0.9);
      expect(sorted.at(-1)).toBeLessThanOrEqual(maxMs);
    }
  });
});
