import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { FAULTS } from './support/faults.js';
import { answered } from './support/raw.js';
import { tell } from './support/table.js';
import { errorOf, world } from './support/world.js';

const SECRETS = ['canary-token', 'canary-header', 'canary-name', 'canary-body'];

describe('the timeline', () => {
  it('is bounded, however often a call is tried', async ({ task }) => {
    const { connect, proxy } = await world();
    proxy.plan = () => ({ at: 'instead', answer: answered(503), afterWrite: false });
    const client = connect({ breaker: false, retry: { limit: 100, backoffMs: 0, budget: false } });
    const error = await errorOf(client.personas.get(1));
    const outcomes = `${error.attempts} attempts, ${error.timeline.length} entries`;
    tell(task, {
      fault: 'timeline of a call with 100 retries',
      calls: 1,
      sent: proxy.requests.get('GET') ?? 0,
      outcomes,
    });
    expect(error.attempts).toBe(101);
    expect(error.timeline.length).toBeLessThanOrEqual(100);
  });

  it('holds no secret under any fault, nor does its error', async ({ task }) => {
    const told: string[] = [];
    for (const cut of Object.values(FAULTS)) {
      const { connect, proxy } = await world({ seed: true });
      proxy.plan = () => (cut.at === 'instead' ? { ...cut, answer: answered(500, 'canary-body') } : cut);
      const client = connect({
        auth: { token: 'canary-token' },
        headers: { 'x-key': 'canary-header' },
        retry: { limit: 2, backoffMs: 0 },
      });
      const error = await errorOf(client.personas.create({ name: 'canary-name' }));
      told.push(inspect(error, { depth: 10, showHidden: true }), JSON.stringify(error), String(error.stack));
    }
    const calls = Object.keys(FAULTS).length;
    const found = SECRETS.filter((secret) => told.some((text) => text.includes(secret)));
    tell(task, {
      fault: 'secrets in errors and timelines',
      calls,
      sent: '',
      outcomes: `${found.length} found`,
    });
    expect(found).toEqual([]);
  });

  it('tells each attempt, each wait and why, and what time was left', async () => {
    const { connect, proxy } = await world({ seed: true });
    let nth = 0;
    proxy.plan = () =>
      [
        { at: 'instead', answer: answered(503), afterWrite: false } as const,
        { at: 'response', bytes: 30, how: 'reset' } as const,
      ][nth++];
    const { meta } = await connect({ retry: { backoffMs: 5 } }).withMeta.personas.get(1, {
      deadlineMs: 9_000,
    });
    expect(meta.timeline).toMatchObject([
      { event: 'cache', outcome: 'miss' },
      { event: 'request', attempt: 1 },
      { event: 'response', status: 503 },
      { event: 'retry', attempt: 2, reason: 'server_error', status: 503 },
      { event: 'request', attempt: 2 },
      { event: 'response', error: 'connection_failed' },
      { event: 'retry', attempt: 3, reason: 'connection_failed' },
      { event: 'request', attempt: 3 },
      { event: 'response', status: 200 },
    ]);
    for (const { elapsedMs: atMs, remainingMs: leftMs } of meta.timeline)
      expect(atMs + leftMs).toBeCloseTo(9_000, -1);
  });
});
