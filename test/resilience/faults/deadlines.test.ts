import { describe, expect, it } from 'vitest';
import { PHASES } from './support/phases.js';
import { tell } from './support/table.js';
import { inMs, timed } from './support/timers.js';
import { errorOf, world } from './support/world.js';

const DEADLINE_MS = 150;
const ROUNDS = 5;
/** For a machine under load; what it really took stands in the table. */
const NOISE_MS = 1_000;

describe('the deadline holds', () => {
  it.for(Object.keys(PHASES))('%s', { timeout: 20_000 }, async (phase, { task }) => {
    const early = phase === 'waiting to try again'; // that wait would outlast it
    const late: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const { client, call } = (await PHASES[phase]?.()) ?? expect.fail();
      const { ms, result } = await timed(() => errorOf(call({ deadlineMs: DEADLINE_MS })));
      client.close();
      late.push(ms - DEADLINE_MS);
      const lookedFor = phase === 'looking for a lost create' && result.code === 'connection_failed';
      if (early) expect(result).toMatchObject({ code: 'server_error', retryAfterMs: 30_000 });
      else if (lookedFor) expect(result.maybeApplied).toBe(true);
      else expect(result).toMatchObject({ code: 'timeout', scope: 'deadline' });
      expect(result.maybeApplied).toBe(phase === 'looking for a lost create');
    }
    const most = Math.max(...late);
    const outcomes =
      most < 0 ? `ended ${inMs(-most)} before it or more` : `ended at most ${inMs(most)} after it`;
    tell(task, { fault: `deadline, ${phase}`, calls: ROUNDS, sent: '', outcomes });
    expect(most).toBeLessThan(NOISE_MS);
  });

  it('and its error carries the last real failure', async () => {
    const { service, connect } = await world();
    service.faults.add({ status: 503, times: 1 });
    service.faults.add({ stall: true });
    const { url } = await service.listen({ port: 0 });
    const error = await errorOf(
      connect({ baseUrl: url, retry: { backoffMs: 0 } }).personas.get(1, { deadlineMs: 200 }),
    );
    expect(error).toMatchObject({ scope: 'deadline', lastError: { code: 'server_error', status: 503 } });
  });
});

describe('the timeout of an attempt holds', () => {
  it.for(['connecting (TLS)', 'waiting for headers', 'reading a stalled body', 'reading a dripping body'])(
    '%s',
    async (phase, { task }) => {
      const { client, call } = (await PHASES[phase]?.()) ?? expect.fail();
      const { ms, result } = await timed(() => errorOf(call({ timeoutMs: DEADLINE_MS, retry: false })));
      client.close();
      const outcomes = `ended ${inMs(ms - DEADLINE_MS)} after it`;
      tell(task, { fault: `timeout of an attempt, ${phase}`, calls: 1, sent: 1, outcomes });
      expect(result).toMatchObject({ code: 'timeout', scope: 'attempt' });
      expect(ms - DEADLINE_MS).toBeLessThan(NOISE_MS);
    },
  );
});
