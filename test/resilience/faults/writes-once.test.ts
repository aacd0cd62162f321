import { describe, expect, it } from 'vitest';
import { CALLS, FAULTS } from './support/faults.js';
import { answered } from './support/raw.js';
import { tell } from './support/table.js';
import { settle, tally, world } from './support/world.js';

describe('retry: false', () => {
  it('sends exactly one request under every fault', async ({ task }) => {
    const wrong: string[] = [];
    const outcomes: string[] = [];
    let sent = 0;
    for (const [fault, cut] of Object.entries(FAULTS))
      for (const [method, call] of Object.entries(CALLS)) {
        const { connect, proxy } = await world({ seed: true });
        proxy.plan = () => cut;
        const outcome = await settle(call(connect({ retry: false, onUnknownOutcome: 'reconcile' })));
        await proxy.quiet();
        const requests = [...proxy.requests].map(([name, count]) => `${count} ${name}`).join();
        sent += proxy.requests.get(method) ?? 0;
        outcomes.push('error' in outcome ? outcome.error.code : 'ok');
        if (requests !== `1 ${method}`) wrong.push(`${fault}: ${requests}`);
      }
    const calls = Object.keys(FAULTS).length * Object.keys(CALLS).length;
    tell(task, { fault: 'every fault, every method, retry: false', calls, sent, outcomes: tally(outcomes) });
    expect(wrong).toEqual([]);
    expect(outcomes).not.toContain('ok');
  });
});

describe('a DELETE', () => {
  it.for(Object.entries(FAULTS).filter(([fault]) => /lands late|answer|^50\d/.test(fault)))(
    'whose answer was lost, and that then meets 404, has succeeded: %s',
    async ([fault, cut], { task }) => {
      const { connect, proxy, service } = await world({ seed: true });
      let met = false;
      proxy.plan = () => {
        if (met) return undefined;
        met = true;
        return cut.at === 'instead' ? { ...cut, afterWrite: true } : cut;
      };
      const retried = connect({ retry: { backoffMs: 0 } });
      if (cut.at === 'request') retried.on('response', () => proxy.quiet());
      const outcome = await settle(retried.personas.delete(1));
      await proxy.quiet();
      const gone = (await service.fetch('http://service/api/v1/personas/1')).status === 404;
      tell(task, {
        fault: `delete, ${fault}`,
        calls: 1,
        sent: proxy.requests.get('DELETE') ?? 0,
        outcomes: 'error' in outcome ? outcome.error.code : 'deleted',
      });
      expect(outcome).toEqual({ value: undefined });
      expect(gone).toBe(true);
    },
  );

  it('of what was never there is a 404, also after attempts that did nothing', async () => {
    const { connect, proxy } = await world();
    proxy.plan = () =>
      proxy.requests.get('DELETE') === 1
        ? { at: 'instead', answer: answered(429), afterWrite: false }
        : undefined;
    const outcome = await settle(connect({ retry: { backoffMs: 0 } }).personas.delete(1));
    expect(outcome).toMatchObject({ error: { code: 'not_found', attempts: 2, maybeApplied: false } });
  });
});
