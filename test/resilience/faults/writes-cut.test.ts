import { describe, expect, it } from 'vitest';
import type { ProxyFault } from '../../support/fault-proxy.js';
import { countOutcomes, serveThroughProxy, settle } from '../../support/proxied-service.js';
import { rawResponse } from '../../support/raw-response.js';
import { DIALECTS } from '../../support/service.js';
import { checkOutcomes, type ReportedOutcome } from './support/check-outcomes.js';
import { addRow } from './support/report-table.js';

const data = (name: string) => ({ name, psychographic: { interests: ['engines', 'poetry'] } });
const nameFor = (bytes: number) => `byte ${String(bytes).padStart(4, '0')}`;

const reportedOutcome = (outcome: Awaited<ReturnType<typeof settle>>): ReportedOutcome =>
  'value' in outcome ? 'created' : outcome.error.maybeApplied ? 'maybe applied' : 'not applied';

describe.each(DIALECTS)('a create in the dialect %s', (dialect) => {
  it.for([
    ['request', 'reset'],
    ['request', 'end'],
    ['response', 'reset'],
    ['response', 'end'],
  ] as const)('is reported correctly if the %s is cut at any byte: %s', async ([side, close], { task }) => {
    const { connect, proxy, storedIds } = await serveThroughProxy({ dialect });
    const client = connect({ breaker: false, retry: { backoffMs: 0 } });
    const reported = new Map<string, ReportedOutcome>();
    for (let bytes = 0, isPastEnd = false; !isPastEnd; bytes++) {
      const faultsBefore = proxy.closedByFaultCount;
      proxy.chooseFault = (): ProxyFault => ({ type: `cut-${side}`, bytes, close });
      reported.set(
        nameFor(bytes),
        reportedOutcome(await settle(client.personas.create(data(nameFor(bytes))))),
      );
      isPastEnd = proxy.closedByFaultCount === faultsBefore;
    }

    const { duplicates, lost, falseReports } = checkOutcomes(reported, await storedIds());
    const sent = proxy.requestCounts.get('POST') ?? 0;
    const fault = `create, ${side} cut at every byte, ${close} (${dialect})`;
    addRow(task, {
      fault,
      calls: reported.size,
      sent,
      outcomes: countOutcomes(reported.values()),
      duplicates,
      lost,
    });
    expect(reported.size).toBeGreaterThan(300);
    expect({ sent, duplicates, lost, falseReports }).toEqual({
      sent: reported.size,
      duplicates: 0,
      lost: 0,
      falseReports: [],
    });
    expect([...reported.values()].filter((state) => state === 'created')).toHaveLength(1); // the one that was not cut
  });

  it.for([
    ['a 503 after the write', 'maybe applied', rawResponse(503), true, 1],
    ['a 500 before the write', 'maybe applied', rawResponse(500), false, 0],
    ['a 429 without Retry-After', 'not applied', rawResponse(429), false, 0],
    ['a gateway 502 after the write', 'maybe applied', rawResponse(502, '<h1>Bad Gateway</h1>'), true, 1],
    ['a 201 without a body after the write', 'maybe applied', rawResponse(201), true, 1],
    ['a 201 with broken JSON after the write', 'maybe applied', rawResponse(201, '{"id": 1, "na'), true, 1],
  ] as const)(
    'after %s is reported as "%s"',
    async ([name, expected, response, afterWrite, count], { task }) => {
      const { connect, proxy, storedIds } = await serveThroughProxy({ dialect });
      proxy.chooseFault = (): ProxyFault => ({ type: 'replace-response', response, afterWrite });
      const client = connect({ breaker: false, retry: { limit: 3, backoffMs: 0 } });
      const reported = new Map([['Ada', reportedOutcome(await settle(client.personas.create(data('Ada'))))]]);
      const sent = proxy.requestCounts.get('POST') ?? 0;
      const stored = await storedIds();
      const { duplicates, lost } = checkOutcomes(reported, stored);
      addRow(task, {
        fault: `create, ${name} (${dialect})`,
        calls: 1,
        sent,
        outcomes: expected,
        duplicates,
        lost,
      });
      expect(reported.get('Ada')).toBe(expected);
      expect(stored.get('Ada')?.length ?? 0).toBe(count);
      expect(sent).toBe(expected === 'not applied' ? 4 : 1);
    },
  );
});

describe('a create that cannot connect', () => {
  it('is retried, and is reported as not applied', async ({ task }) => {
    const { connect, service } = await serveThroughProxy();
    const { url, close } = await service.listen({ port: 0 });
    await close();
    const outcome = await settle(
      connect({ baseUrl: url, breaker: false, retry: { backoffMs: 0 } }).personas.create(data('Ada')),
    );
    addRow(task, {
      fault: 'create, connection refused',
      calls: 1,
      sent: 0,
      outcomes: reportedOutcome(outcome),
      duplicates: 0,
      lost: 0,
    });
    expect(outcome).toMatchObject({ error: { code: 'connection_failed', attempts: 4, maybeApplied: false } });
    expect(service.requests).toHaveLength(0);
  });

  it('succeeds when the service listens again', async ({ task }) => {
    const { connect, service, storedIds } = await serveThroughProxy();
    const { url, port, close } = await service.listen({ port: 0 });
    await close();
    const client = connect({ baseUrl: url, retry: { backoffMs: 100 } });
    const listening = new Promise((resolve) => {
      client.on('retry', ({ attempt }) => attempt === 2 && resolve(service.listen({ port })));
    });
    const outcome = await settle(client.personas.create(data('Ada')));
    await listening;
    const stored = await storedIds();
    const { duplicates, lost } = checkOutcomes(new Map([['Ada', reportedOutcome(outcome)]]), stored);
    const sent = service.requests.length;
    addRow(task, {
      fault: 'create, connection refused at first',
      calls: 1,
      sent,
      outcomes: reportedOutcome(outcome),
      duplicates,
      lost,
    });
    expect(stored.get('Ada')).toHaveLength(1);
    expect(reportedOutcome(outcome)).toBe('created');
  });
});
