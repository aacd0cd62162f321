import { describe, expect, it } from 'vitest';
import { tell } from './support/table.js';
import { settle, world } from './support/world.js';

const ada = { name: 'Ada', demographic: { country: 'GB' } };

describe("onUnknownOutcome: 'reconcile', in doubt", () => {
  it('does not take what an earlier call of this client created for its own', async ({ task }) => {
    const { connect, proxy, held } = await world();
    const client = connect({ lateWriteWindowMs: 50 });
    const first = await client.personas.create(ada, { onUnknownOutcome: 'throw' });
    let cut = false;
    proxy.plan = ({ method }) => {
      if (cut || method !== 'POST') return undefined;
      cut = true;
      return { at: 'request', bytes: 10, how: 'reset' };
    };
    const second = await client.personas.create(ada, { onUnknownOutcome: 'reconcile' });
    const really = await held();
    tell(task, {
      fault: "the same create twice, the second cut and with onUnknownOutcome: 'reconcile'",
      calls: 2,
      sent: proxy.requests.get('POST') ?? 0,
      outcomes: first.id === second.id ? 'the first one twice' : '2 created',
      duplicates: 0,
      lost: 2 - (really.get('Ada')?.length ?? 0),
    });
    expect(really.get('Ada')).toHaveLength(2);
    expect(second.id).not.toBe(first.id);
  });

  it('does not create again when it could not look far enough back', async ({ task }) => {
    const { connect, proxy, held, service } = await world();
    const client = connect({ lateWriteWindowMs: 50, deadlineMs: 4_000, breaker: false });
    const body = (name: string) => ({
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name }),
    });
    let others: Promise<void> | undefined;
    const createOthers = async () => {
      for (let at = 0; at < 5_050; at++)
        await service.fetch('http://service/api/v1/personas', body(`Other ${at}`));
      proxy.plan = () => undefined;
    };
    proxy.plan = ({ method }) => {
      if (method === 'POST') return { at: 'response', bytes: 0, how: 'reset' };
      others ??= createOthers();
      return { at: 'request', bytes: 0, how: 'reset' };
    };
    const outcome = await settle(client.personas.create(ada, { onUnknownOutcome: 'reconcile' }));
    await others;
    const ours = (await held()).get('Ada')?.length ?? 0;
    const inDoubt = 'error' in outcome && outcome.error.maybeApplied;
    tell(task, {
      fault: "create lost behind 5,050 newer ones, onUnknownOutcome: 'reconcile'",
      calls: 1,
      sent: proxy.requests.get('POST') ?? 0,
      outcomes: inDoubt ? 'maybe applied' : 'created',
      duplicates: ours - 1,
      lost: 0,
    });
    expect(ours).toBe(1);
    expect(outcome).toMatchObject({ error: { code: 'connection_failed', maybeApplied: true } });
  });

  it('says so when it was given up before the end of doubt, and creates no second one', async ({ task }) => {
    const { connect, proxy, held } = await world();
    proxy.plan = ({ method }) =>
      method === 'POST' ? { at: 'request', landsAfterMs: 150, how: 'reset' } : undefined;
    const client = connect({ lateWriteWindowMs: 10_000, deadlineMs: 100, onUnknownOutcome: 'reconcile' });
    const outcome = await settle(client.personas.create(ada));
    const ours = (await held()).get('Ada')?.length ?? 0;
    const sent = proxy.requests.get('POST') ?? 0;
    const fault = "create that lands after the deadline, onUnknownOutcome: 'reconcile'";
    tell(task, { fault, calls: 1, sent, outcomes: 'maybe applied', duplicates: ours - 1, lost: 0 });
    expect(outcome).toMatchObject({ error: { maybeApplied: true } });
    expect([ours, sent]).toEqual([1, 1]);
  });
});
