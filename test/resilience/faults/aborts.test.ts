import { getEventListeners } from 'node:events';
import { PersonaError } from 'persona-client';
import { describe, expect, it } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { countOutcomes, outcomeCode, serveThroughProxy, settle } from '../../support/proxied-service.js';
import { PHASES } from './support/phases.js';
import { addRow } from './support/report-table.js';
import { formatMs, measure } from './support/timers.js';

const ROUNDS = 5;
/** Generous, for a machine under load. The table shows the measured time. */
const TOLERANCE_MS = 1_000;

describe('an abort rejects a call that hangs', () => {
  it.for(Object.keys(PHASES))('%s', { timeout: 20_000 }, async (phase, { task }) => {
    const durations: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const { client, call, reached } = (await PHASES[phase]?.()) ?? expect.fail();
      const controller = new AbortController();
      const reason = { name: 'reason' };
      const failure = expectRejection(PersonaError, call({ signal: controller.signal }));
      await Promise.race([reached, failure]);
      const { ms, result } = await measure(() => {
        controller.abort(reason);
        return failure;
      });
      durations.push(ms);
      expect(result).toMatchObject({ code: 'aborted', name: 'AbortError' });
      expect(result.cause).toBe(reason);
      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
      client.close();
    }
    const maxMs = Math.max(...durations);
    addRow(task, {
      fault: `abort, ${phase}`,
      calls: ROUNDS,
      sent: '',
      outcomes: `settled within ${formatMs(maxMs)}`,
    });
    expect(maxMs).toBeLessThan(TOLERANCE_MS);
  });

  it('sends nothing if the signal has already aborted, and adds no listener', async ({ task }) => {
    const { connect, proxy } = await serveThroughProxy({ seed: true });
    const client = connect();
    const signal = AbortSignal.abort('reason');
    for (const call of [
      () => client.personas.get(1, { signal }),
      () => client.personas.create({ name: 'Ada' }, { signal, onUnknownOutcome: 'reconcile' }),
      () => client.psychographic.get(1, { signal }),
    ]) {
      const error = await expectRejection(PersonaError, call());
      expect(error).toMatchObject({ code: 'aborted', cause: 'reason', attempts: 0, maybeApplied: false });
    }
    addRow(task, {
      fault: 'aborted before the call',
      calls: 3,
      sent: proxy.connections.total,
      outcomes: '3 aborted',
    });
    expect(proxy.connections.total).toBe(0);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('affects no other call at any of 2,000 moments, and removes its listeners', async ({ task }) => {
    const { connect, proxy } = await serveThroughProxy({ seed: true });
    const client = connect({ concurrency: 10, breaker: { failMax: 1 } });
    const codes: string[] = [];
    const neverAborts = new AbortController();
    for (let batch = 0; batch < 20; batch++)
      await Promise.all(
        Array.from({ length: 100 }, async (_, index) => {
          const aborts = index % 2 === 0;
          const signal = aborts ? AbortSignal.timeout(1 + (index % 17)) : neverAborts.signal;
          const outcome = await settle(
            client.personas.get((index % 5) + 1, { signal, cache: index % 3 ? 'reload' : false }),
          );
          codes.push(outcomeCode(outcome));
          if (!aborts) expect(outcome).toHaveProperty('value');
          expect(aborts ? getEventListeners(signal, 'abort') : []).toHaveLength(0);
        }),
      );
    const sent = proxy.requestCounts.get('GET') ?? 0;
    addRow(task, { fault: 'half of the calls abort', calls: 2_000, sent, outcomes: countOutcomes(codes) });
    expect(getEventListeners(neverAborts.signal, 'abort')).toHaveLength(0);
    expect(client.circuit).toBe('closed');
  });
});
