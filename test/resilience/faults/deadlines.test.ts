import { PersonaError } from 'persona-client';
import { describe, expect, it } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { serveThroughProxy } from '../../support/proxied-service.js';
import { PHASES } from './support/phases.js';
import { addRow } from './support/report-table.js';
import { formatMs, measure } from './support/timers.js';

const DEADLINE_MS = 150;
const ROUNDS = 5;
/** Generous, for a machine under load. The table shows the measured time. */
const TOLERANCE_MS = 1_000;

describe('the deadline rejects a call that hangs', () => {
  it.for(Object.keys(PHASES))('%s', { timeout: 20_000 }, async (phase, { task }) => {
    const skipsRetry = phase === 'waiting for a retry'; // Retry-After exceeds the deadline
    const delaysMs: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const { client, call } = (await PHASES[phase]?.()) ?? expect.fail();
      const { ms, result } = await measure(() =>
        expectRejection(PersonaError, call({ deadlineMs: DEADLINE_MS })),
      );
      client.close();
      delaysMs.push(ms - DEADLINE_MS);
      const hasSearchEnded = phase === 'reconciling a lost create' && result.code === 'connection_failed';
      if (skipsRetry) expect(result).toMatchObject({ code: 'server_error', retryAfterMs: 30_000 });
      else if (hasSearchEnded) expect(result.maybeApplied).toBe(true);
      else expect(result).toMatchObject({ code: 'timeout', scope: 'deadline' });
      expect(result.maybeApplied).toBe(phase === 'reconciling a lost create');
    }
    const maxMs = Math.max(...delaysMs);
    const outcomes =
      maxMs < 0 ? `ended at least ${formatMs(-maxMs)} early` : `ended at most ${formatMs(maxMs)} late`;
    addRow(task, { fault: `deadline, ${phase}`, calls: ROUNDS, sent: '', outcomes });
    expect(maxMs).toBeLessThan(TOLERANCE_MS);
  });

  it('rejects with the last error of an attempt in lastError', async () => {
    const { service, connect } = await serveThroughProxy();
    service.faults.add({ status: 503, times: 1 });
    service.faults.add({ stall: true });
    const { url } = await service.listen({ port: 0 });
    const error = await expectRejection(
      PersonaError,
      connect({ baseUrl: url, retry: { backoffMs: 0 } }).personas.get(1, { deadlineMs: 200 }),
    );
    expect(error).toMatchObject({ scope: 'deadline', lastError: { code: 'server_error', status: 503 } });
  });
});

describe('timeoutMs ends an attempt that hangs', () => {
  it.for(['connecting (TLS)', 'waiting for headers', 'reading a stalled body', 'reading a dripping body'])(
    '%s',
    async (phase, { task }) => {
      const { client, call } = (await PHASES[phase]?.()) ?? expect.fail();
      const { ms, result } = await measure(() =>
        expectRejection(PersonaError, call({ timeoutMs: DEADLINE_MS, retry: false })),
      );
      client.close();
      const outcomes = `ended ${formatMs(ms - DEADLINE_MS)} late`;
      addRow(task, { fault: `attempt timeout, ${phase}`, calls: 1, sent: 1, outcomes });
      expect(result).toMatchObject({ code: 'timeout', scope: 'attempt' });
      expect(ms - DEADLINE_MS).toBeLessThan(TOLERANCE_MS);
    },
  );
});
