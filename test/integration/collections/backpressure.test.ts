import { createMany, updateMany } from 'persona-client/collections';
import { describe, expect, inject, it } from 'vitest';
import { reportLine } from '../../resilience/collections/report.js';
import type { FaultPlan, ProxyFault } from '../../support/fault-proxy.js';
import { makeItems } from '../../support/personas.js';
import { serveThroughProxy } from '../../support/proxied-service.js';
import { createRandom } from '../../support/random.js';
import { rawResponse } from '../../support/raw-response.js';
import { DIALECTS, startService } from '../../support/service.js';

describe('an overloaded service', () => {
  it.each([429, 503])('status %i lowers the concurrency, and every item succeeds', async (status) => {
    const { connect, service } = await startService({ seed: 40 });
    service.faults.add({ status, times: 12, headers: { 'retry-after': '0' } });
    const limits: number[] = [];
    const updates = Array.from({ length: 40 }, (_, index) => ({ id: index + 1, data: { name: 'Changed' } }));
    const run = updateMany(connect({ breaker: false }), updates, {
      concurrency: 16,
      onProgress: ({ concurrency }) => void limits.push(concurrency),
    });
    expect(await run.finish()).toMatchObject({ succeeded: 40, failed: 0, complete: true });
    expect(Math.min(...limits)).toBeLessThan(16);
  });

  it('receives no requests until Retry-After has passed', async () => {
    const { connect, service } = await startService({ seed: false });
    service.faults.add({ status: 429, times: 1, headers: { 'retry-after': '1' } });
    const run = createMany(connect(), makeItems(10), { concurrency: 1 });
    const startedAt = performance.now();
    expect(await run.finish()).toMatchObject({ succeeded: 10, failed: 0 });
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(990);
    expect(service.requests.filter(({ method }) => method === 'POST').length).toBe(11);
  });

  it('fails the items once the service has been unavailable for longer than maxStallMs', async () => {
    const { connect, service } = await startService({ seed: false });
    service.faults.add({ status: 429 });
    const run = createMany(connect(), makeItems(5), { maxStallMs: 50 });
    expect(await run.finish()).toMatchObject({ succeeded: 0, failed: 5, complete: true });
  });
});

describe('items that need no request', () => {
  it.each<[string, unknown]>([
    ['invalid', { name: 5 }],
    ['no object', undefined],
  ])('%s: timers run, and an abort ends the run', async (_name, item) => {
    const { connect, service } = await startService({ seed: false });
    let read = 0;
    const items = (function* () {
      for (; read < 20_000; read++) yield item as { name: string };
    })();
    const controller = new AbortController();
    setTimeout(() => controller.abort());
    const run = createMany(connect(), items, { signal: controller.signal });
    await expect(run.finish()).rejects.toMatchObject({ code: 'aborted' });
    expect(read).toBeLessThan(20_000);
    expect(service.requests).toEqual([]);
  });
});

/** A fault for every fourth create and for every tenth other request. */
function planFaults(seed: number): FaultPlan {
  const { next, nextInteger: below } = createRandom(seed);
  return ({ method }) => {
    if (next() >= (method === 'POST' ? 0.25 : 0.1)) return undefined;
    const close = next() < 0.5 ? 'reset' : 'end';
    const faults: ProxyFault[] = [
      { type: 'cut-request', bytes: below(250), close },
      { type: 'delay-request', forwardAfterMs: undefined, close },
      { type: 'delay-request', forwardAfterMs: next() * 80, close },
      { type: 'cut-response', bytes: below(300), close },
      { type: 'replace-response', response: rawResponse(502, '<h1>Bad Gateway</h1>'), afterWrite: true },
      { type: 'replace-response', response: rawResponse(503), afterWrite: false },
    ];
    return faults[below(faults.length)];
  };
}

it('creates each item once, or reports it as doubtful after a second 5xx, although connections break and requests are applied late', {
  timeout: 300_000,
}, async ({ task }) => {
  const rounds = inject('seeds') >= 10_000 ? 20 : 2;
  const counts = { items: 0, posts: 0, reconciled: 0, lost: 0, duplicated: 0, failed: 0, doubtful: 0 };
  for (let seed = 1; seed <= rounds; seed++) {
    const { connect, proxy, storedIds } = await serveThroughProxy({
      dialect: DIALECTS[seed % 2] ?? 'subresource',
    });
    proxy.chooseFault = planFaults(seed);
    const items = Array.from({ length: 100 }, (_, index) => ({
      name: index % 5 === 0 ? 'Twin' : `Persona ${index}`,
    }));
    const run = createMany(connect({ breaker: false, retry: { limit: 10, backoffMs: 5 } }), items, {
      onUnknownOutcome: 'reconcile',
      lateWriteWindowMs: 300,
    });
    const { reconciled, failed, doubtful } = await run.finish();
    const stored = await storedIds();
    for (const name of new Set(items.map((item) => item.name))) {
      const isDoubtful = (index: number) => doubtful.includes(index);
      const expected = items.filter((item, index) => item.name === name && !isDoubtful(index)).length;
      const surplus = (stored.get(name)?.length ?? 0) - expected;
      if (surplus > 0) counts.duplicated += surplus;
      else counts.lost -= surplus;
    }
    counts.items += items.length;
    counts.posts += proxy.requestCounts.get('POST') ?? 0;
    counts.reconciled += reconciled;
    counts.failed += failed;
    counts.doubtful += doubtful.length;
  }
  reportLine(task, 'createMany, broken connections', JSON.stringify(counts).replace(/["{}]/g, ''));
  expect(counts).toMatchObject({ lost: 0, duplicated: 0, failed: counts.doubtful });
  expect(counts.doubtful).toBeLessThan(counts.items / 20);
  expect(counts.reconciled).toBeGreaterThan(0);
});
