import { describe, expect, it } from 'vitest';
import { serveThroughProxy, settle } from '../../support/proxied-service.js';
import { addRow } from './support/report-table.js';

const ada = { name: 'Ada', demographic: { country: 'GB' } };

describe("onUnknownOutcome: 'reconcile' in uncertain cases", () => {
  it('does not claim what an earlier call of this client created', async ({ task }) => {
    const { connect, proxy, storedIds } = await serveThroughProxy();
    const client = connect({ lateWriteWindowMs: 50 });
    const first = await client.personas.create(ada, { onUnknownOutcome: 'throw' });
    let wasReset = false;
    proxy.chooseFault = ({ method }) => {
      if (wasReset || method !== 'POST') return undefined;
      wasReset = true;
      return { type: 'cut-request', bytes: 10, close: 'reset' };
    };
    const second = await client.personas.create(ada, { onUnknownOutcome: 'reconcile' });
    const stored = await storedIds();
    addRow(task, {
      fault: "equal creates, the second reset, onUnknownOutcome: 'reconcile'",
      calls: 2,
      sent: proxy.requestCounts.get('POST') ?? 0,
      outcomes: first.id === second.id ? 'the same persona twice' : '2 created',
      duplicates: 0,
      lost: 2 - (stored.get('Ada')?.length ?? 0),
    });
    expect(stored.get('Ada')).toHaveLength(2);
    expect(second.id).not.toBe(first.id);
  });

  it('does not create again if the search was not exhaustive', async ({ task }) => {
    const { connect, proxy, storedIds, service } = await serveThroughProxy();
    const client = connect({ lateWriteWindowMs: 50, deadlineMs: 4_000, breaker: false });
    const body = (name: string) => ({
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name }),
    });
    let creatingOthers: Promise<void> | undefined;
    const createOthers = async () => {
      for (let index = 0; index < 5_050; index++)
        await service.fetch('http://service/api/v1/personas', body(`Other ${index}`));
      proxy.chooseFault = () => undefined;
    };
    proxy.chooseFault = ({ method }) => {
      if (method === 'POST') return { type: 'cut-response', bytes: 0, close: 'reset' };
      creatingOthers ??= createOthers();
      return { type: 'cut-request', bytes: 0, close: 'reset' };
    };
    const outcome = await settle(client.personas.create(ada, { onUnknownOutcome: 'reconcile' }));
    await creatingOthers;
    const storedCount = (await storedIds()).get('Ada')?.length ?? 0;
    const isUncertain = 'error' in outcome && outcome.error.maybeApplied;
    addRow(task, {
      fault: "lost create behind 5,050 newer personas, onUnknownOutcome: 'reconcile'",
      calls: 1,
      sent: proxy.requestCounts.get('POST') ?? 0,
      outcomes: isUncertain ? 'maybe applied' : 'created',
      duplicates: storedCount - 1,
      lost: 0,
    });
    expect(storedCount).toBe(1);
    expect(outcome).toMatchObject({ error: { code: 'connection_failed', maybeApplied: true } });
  });

  it('fails with maybeApplied if the deadline comes first, and does not create again', async ({ task }) => {
    const { connect, proxy, storedIds } = await serveThroughProxy();
    proxy.chooseFault = ({ method }) =>
      method === 'POST' ? { type: 'delay-request', forwardAfterMs: 150, close: 'reset' } : undefined;
    const client = connect({ lateWriteWindowMs: 10_000, deadlineMs: 100, onUnknownOutcome: 'reconcile' });
    const outcome = await settle(client.personas.create(ada));
    const storedCount = (await storedIds()).get('Ada')?.length ?? 0;
    const sent = proxy.requestCounts.get('POST') ?? 0;
    const fault = "create applied after the deadline, onUnknownOutcome: 'reconcile'";
    addRow(task, { fault, calls: 1, sent, outcomes: 'maybe applied', duplicates: storedCount - 1, lost: 0 });
    expect(outcome).toMatchObject({ error: { maybeApplied: true } });
    expect([storedCount, sent]).toEqual([1, 1]);
  });
});
