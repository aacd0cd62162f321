import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { PHASES } from './support/phases.js';
import { tell } from './support/table.js';
import { inMs, timed } from './support/timers.js';
import { errorOf, settle, tally, world } from './support/world.js';

const ROUNDS = 5;
/** For a machine under load; what it really took stands in the table. */
const NOISE_MS = 1_000;

describe('an abort ends the call', () => {
  it.for(Object.keys(PHASES))('%s', { timeout: 20_000 }, async (phase, { task }) => {
    const took: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const { client, call, reached } = (await PHASES[phase]?.()) ?? expect.fail();
      const controller = new AbortController();
      const reason = { why: 'enough' };
      const ending = errorOf(call({ signal: controller.signal }));
      await Promise.race([reached, ending]);
      const { ms, result } = await timed(() => {
        controller.abort(reason);
        return ending;
      });
      took.push(ms);
      expect(result).toMatchObject({ code: 'aborted', name: 'AbortError' });
      expect(result.cause).toBe(reason);
      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
      client.close();
    }
    const most = Math.max(...took);
    tell(task, {
      fault: `abort, ${phase}`,
      calls: ROUNDS,
      sent: '',
      outcomes: `settled within ${inMs(most)}`,
    });
    expect(most).toBeLessThan(NOISE_MS);
  });

  it('sends nothing when it came before the call, and leaves no listener', async ({ task }) => {
    const { connect, proxy } = await world({ seed: true });
    const client = connect();
    const signal = AbortSignal.abort('enough');
    for (const call of [
      () => client.personas.get(1, { signal }),
      () => client.personas.create({ name: 'Ada' }, { signal, onUnknownOutcome: 'reconcile' }),
      () => client.psychographic.get(1, { signal }),
    ]) {
      const error = await errorOf(call());
      expect(error).toMatchObject({ code: 'aborted', cause: 'enough', attempts: 0, maybeApplied: false });
    }
    tell(task, {
      fault: 'aborted before the call',
      calls: 3,
      sent: proxy.connections.made,
      outcomes: '3 aborted',
    });
    expect(proxy.connections.made).toBe(0);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it("touches nobody else's call, at 2,000 random moments, and leaves no listener", async ({ task }) => {
    const { connect, proxy } = await world({ seed: true });
    const client = connect({ concurrency: 10, breaker: { failMax: 1 } });
    const codes: string[] = [];
    const stays = new AbortController();
    for (let batch = 0; batch < 20; batch++)
      await Promise.all(
        Array.from({ length: 100 }, async (_, at) => {
          const leaves = at % 2 === 0;
          const signal = leaves ? AbortSignal.timeout(1 + (at % 17)) : stays.signal;
          const outcome = await settle(
            client.personas.get((at % 5) + 1, { signal, cache: at % 3 ? 'reload' : false }),
          );
          if ('value' in outcome) codes.push('ok');
          else codes.push(outcome.error.code);
          if (!leaves) expect(outcome).toHaveProperty('value');
          expect(leaves ? getEventListeners(signal, 'abort') : []).toHaveLength(0);
        }),
      );
    const sent = proxy.requests.get('GET') ?? 0;
    tell(task, { fault: 'half the callers abort', calls: 2_000, sent, outcomes: tally(codes) });
    expect(getEventListeners(stays.signal, 'abort')).toHaveLength(0);
    expect(client.circuit).toBe('closed');
  });
});
