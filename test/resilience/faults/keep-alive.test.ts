import type { ClientOptions } from 'persona-client';
import { describe, expect, it, type TestContext } from 'vitest';
import { countOutcomes, outcomeCode, serveThroughProxy, settle } from '../../support/proxied-service.js';
import { createRandom } from '../../support/random.js';
import { checkOutcomes, type ReportedOutcome } from './support/check-outcomes.js';
import { addRow } from './support/report-table.js';

const CALL_COUNT = 2_000;
const IDLE_TIMEOUT_MS = 4;
const WORKERS = 4;

/** Calls just when the server closes the idle connection. */
async function callAfterIdle<T>(idleMs: () => number, call: (index: number) => Promise<T>): Promise<void> {
  let index = 0;
  await Promise.all(
    Array.from({ length: WORKERS }, async () => {
      while (index < CALL_COUNT) {
        await call(index++);
        await new Promise((resolve) => setTimeout(resolve, idleMs())); // real time: the race of two timers is the subject
      }
    }),
  );
}

async function setup(options: ClientOptions) {
  const served = await serveThroughProxy({ seed: true });
  served.proxy.idleTimeoutMs = IDLE_TIMEOUT_MS;
  const { next } = createRandom(11);
  const client = served.connect({ cache: false, retry: { backoffMs: 20 }, ...options });
  let brokenConnections = 0;
  client.on('response', ({ error }) => {
    if (error === 'connection_failed') brokenConnections++;
  });
  return {
    ...served,
    client,
    idleMs: () => IDLE_TIMEOUT_MS - 1 + next() * 2,
    brokenConnections: () => brokenConnections,
  };
}

describe('a server that closes idle connections just as the client reuses them', () => {
  it('does not fail an idempotent call', async ({ task }) => {
    const { client, proxy, idleMs, brokenConnections } = await setup({ retry: { limit: 6, backoffMs: 20 } });
    const outcomes: string[] = [];
    await callAfterIdle(idleMs, async () => {
      const outcome = await settle(client.personas.get(1));
      outcomes.push(outcomeCode(outcome));
    });
    const summary = `${countOutcomes(outcomes)}; ${brokenConnections()} attempts hit a closed connection`;
    addRow(task, {
      fault: 'keep-alive race, GET',
      calls: outcomes.length,
      sent: proxy.requestCounts.get('GET') ?? 0,
      outcomes: summary,
    });
    expect(outcomes.filter((outcome) => outcome !== 'ok')).toEqual([]);
  });

  async function creates(task: TestContext['task'], options: ClientOptions, fault: string) {
    const { client, proxy, idleMs, brokenConnections, storedIds } = await setup({
      breaker: false,
      ...options,
    });
    const reported = new Map<string, ReportedOutcome>();
    const codes: string[] = [];
    await callAfterIdle(idleMs, async (index) => {
      const outcome = await settle(client.personas.create({ name: `Persona ${index}` }));
      const failed = 'error' in outcome ? outcome.error : undefined;
      reported.set(
        `Persona ${index}`,
        failed ? (failed.maybeApplied ? 'maybe applied' : 'not applied') : 'created',
      );
      if (failed) codes.push(failed.code);
    });
    const { duplicates, lost, falseReports } = checkOutcomes(reported, await storedIds());
    const outcomes = `${countOutcomes(reported.values())}; ${brokenConnections()} attempts hit a closed connection`;
    addRow(task, {
      fault,
      calls: reported.size,
      sent: proxy.requestCounts.get('POST') ?? 0,
      outcomes,
      duplicates,
      lost,
    });
    expect({ duplicates, lost, falseReports }).toEqual({ duplicates: 0, lost: 0, falseReports: [] });
    expect(new Set(codes).size).toBeLessThanOrEqual(1);
    return { reported, codes };
  }

  it('fails a create only with connection_failed', async ({ task }) => {
    const { codes } = await creates(task, {}, 'keep-alive race, create');
    expect(codes.filter((code) => code !== 'connection_failed')).toEqual([]);
  });

  it("neither fails nor duplicates a create with onUnknownOutcome: 'reconcile'", async ({ task }) => {
    const retry = { limit: 10, backoffMs: 20 };
    const options = { onUnknownOutcome: 'reconcile', lateWriteWindowMs: 50, retry } as const;
    const { reported } = await creates(
      task,
      options,
      "keep-alive race, create, onUnknownOutcome: 'reconcile'",
    );
    expect([...reported.values()].filter((state) => state !== 'created')).toEqual([]);
  });
});
