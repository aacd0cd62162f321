import { createMany, updateMany } from 'persona-client/collections';
import { describe, expect, inject, it } from 'vitest';
import type { Cut, Plan } from '../../resilience/faults/support/proxy.js';
import { randomFrom } from '../../resilience/faults/support/random.js';
import { answered } from '../../resilience/faults/support/raw.js';
import { world } from '../../resilience/faults/support/world.js';
import { DIALECTS, serve } from '../../support/service.js';
import { tell } from '../../resilience/collections/counts.js';

const named = (count: number) => Array.from({ length: count }, (_, at) => ({ name: `Persona ${at}` }));

describe('a service that has too much', () => {
  it.each([429, 503])('%i: fewer requests at a time, and every item goes in', async (status) => {
    const { connect, service } = await serve({ seed: 40 });
    service.faults.add({ status, times: 12, headers: { 'retry-after': '0' } });
    const limits: number[] = [];
    const changes = Array.from({ length: 40 }, (_, at) => ({ id: at + 1, data: { name: 'Changed' } }));
    const run = updateMany(connect({ breaker: false }), changes, {
      concurrency: 16,
      onProgress: ({ concurrency }) => void limits.push(concurrency),
    });
    expect(await run.finish()).toMatchObject({ done: 40, failed: 0, complete: true });
    expect(Math.min(...limits)).toBeLessThan(16);
  });

  it('is left alone for as long as it asks, by all items', async () => {
    const { connect, service } = await serve({ seed: false });
    service.faults.add({ status: 429, times: 1, headers: { 'retry-after': '1' } });
    const run = createMany(connect(), named(10), { concurrency: 1 });
    const begun = performance.now();
    expect(await run.finish()).toMatchObject({ done: 10, failed: 0 });
    expect(performance.now() - begun).toBeGreaterThanOrEqual(990); // never sooner; how much later says nothing
    expect(service.requests.filter(({ method }) => method === 'POST').length).toBe(11);
  });

  it('fails the items when nothing goes through for longer than maxStallMs', async () => {
    const { connect, service } = await serve({ seed: false });
    service.faults.add({ status: 429 });
    const run = createMany(connect(), named(5), { maxStallMs: 50 });
    expect(await run.finish()).toMatchObject({ done: 0, failed: 5, complete: true });
  });
});

/** Every fourth create meets a fault, every tenth look does. */
function cuts(seed: number): Plan {
  const { next, below } = randomFrom(seed);
  return ({ method }) => {
    if (next() >= (method === 'POST' ? 0.25 : 0.1)) return undefined;
    const how = next() < 0.5 ? 'reset' : 'end';
    const all: Cut[] = [
      { at: 'request', bytes: below(250), how },
      { at: 'request', landsAfterMs: undefined, how },
      { at: 'request', landsAfterMs: next() * 80, how },
      { at: 'response', bytes: below(300), how },
      { at: 'instead', answer: answered(502, '<h1>Bad Gateway</h1>'), afterWrite: true },
      { at: 'instead', answer: answered(503), afterWrite: false },
    ];
    return all[below(all.length)];
  };
}

it('creates each item once, though connections are cut and requests land late', { timeout: 300_000 }, async ({
  task,
}) => {
  const rounds = inject('seeds') >= 10_000 ? 20 : 2;
  const counts = { items: 0, posts: 0, found: 0, lost: 0, duplicated: 0, failed: 0 };
  for (let seed = 1; seed <= rounds; seed++) {
    const { connect, proxy, held } = await world({ dialect: DIALECTS[seed % 2] ?? 'subresource' });
    proxy.plan = cuts(seed);
    const items = Array.from({ length: 100 }, (_, at) => ({ name: at % 5 === 0 ? 'Twin' : `Persona ${at}` }));
    const run = createMany(connect({ breaker: false, retry: { limit: 10, backoffMs: 5 } }), items, {
      onUnknownOutcome: 'reconcile',
      lateWriteWindowMs: 300,
    });
    const { found, failed } = await run.finish();
    const there = await held();
    for (const name of new Set(items.map((item) => item.name))) {
      const wanted = items.filter((item) => item.name === name).length;
      const more = (there.get(name)?.length ?? 0) - wanted;
      if (more > 0) counts.duplicated += more;
      else counts.lost -= more;
    }
    counts.items += items.length;
    counts.posts += proxy.requests.get('POST') ?? 0;
    counts.found += found;
    counts.failed += failed;
  }
  tell(task, 'createMany, cut connections', JSON.stringify(counts).replace(/["{}]/g, ''));
  expect(counts).toMatchObject({ lost: 0, duplicated: 0, failed: 0 });
  expect(counts.found).toBeGreaterThan(0);
});
