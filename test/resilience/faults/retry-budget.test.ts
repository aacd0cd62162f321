import { describe, expect, it } from 'vitest';
import { countOutcomes, outcomeCode, serveThroughProxy, settle } from '../../support/proxied-service.js';
import { createRandom } from '../../support/random.js';
import { rawResponse } from '../../support/raw-response.js';
import { addRow } from './support/report-table.js';

const unavailable = { type: 'replace-response', response: rawResponse(503), afterWrite: false } as const;

describe('the retry budget', () => {
  it.for([
    ['at the same time', 300],
    ['one after the other', 1],
  ] as const)(
    'sends at most 1.1 requests per call during an outage: 300 calls %s',
    async ([order, batchSize], { task }) => {
      const { connect, proxy } = await serveThroughProxy({ seed: true });
      proxy.chooseFault = () => unavailable;
      const client = connect({ breaker: false, cache: false, retry: { backoffMs: 5 } });
      const codes: string[] = [];
      const call = async () => {
        const outcome = await settle(client.personas.get(1));
        codes.push(outcomeCode(outcome));
      };
      for (let left = 300; left > 0; left -= batchSize)
        await Promise.all(Array.from({ length: batchSize }, call));
      const sent = proxy.requestCounts.get('GET') ?? 0;
      const outcomes = `${countOutcomes(codes)}; ${(sent / 300).toFixed(3)} requests per call`;
      addRow(task, { fault: `outage without circuit breaker, calls ${order}`, calls: 300, sent, outcomes });
      expect(sent).toBeGreaterThan(300);
      expect(sent).toBeLessThanOrEqual(330);
    },
  );

  it.for([0.01, 0.05, 0.09])('retries every isolated failure: failure rate %f', async (rate, { task }) => {
    const { connect, proxy } = await serveThroughProxy({ seed: true });
    const { next } = createRandom(7);
    let lastFailed = false;
    proxy.chooseFault = () => {
      lastFailed = !lastFailed && next() < rate;
      return lastFailed ? unavailable : undefined;
    };
    const client = connect({ cache: false, retry: { backoffMs: 5 } });
    const codes: string[] = [];
    for (let batch = 0; batch < 100; batch++)
      await Promise.all(
        Array.from({ length: 10 }, async () => {
          const outcome = await settle(client.personas.get(1));
          codes.push(outcomeCode(outcome));
        }),
      );
    const sent = proxy.requestCounts.get('GET') ?? 0;
    const fault = `isolated 503s, ${rate * 100} of 100 requests`;
    addRow(task, { fault, calls: 1_000, sent, outcomes: countOutcomes(codes) });
    expect(codes.filter((code) => code !== 'ok')).toEqual([]);
    expect(sent).toBeGreaterThan(1_000);
  });
});
