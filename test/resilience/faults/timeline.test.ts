import { inspect } from 'node:util';
import { PersonaError } from 'persona-client';
import { describe, expect, it } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { serveThroughProxy } from '../../support/proxied-service.js';
import { rawResponse } from '../../support/raw-response.js';
import { FAULTS } from './support/faults.js';
import { addRow } from './support/report-table.js';

const SECRETS = ['canary-token', 'canary-header', 'canary-name', 'canary-body'];

describe('the timeline', () => {
  it('has at most 100 entries after 100 retries', async ({ task }) => {
    const { connect, proxy } = await serveThroughProxy();
    proxy.chooseFault = () => ({ type: 'replace-response', response: rawResponse(503), afterWrite: false });
    const client = connect({ breaker: false, retry: { limit: 100, backoffMs: 0, budget: false } });
    const error = await expectRejection(PersonaError, client.personas.get(1));
    const outcomes = `${error.attempts} attempts, ${error.timeline.length} entries`;
    addRow(task, {
      fault: 'timeline of a call with 100 retries',
      calls: 1,
      sent: proxy.requestCounts.get('GET') ?? 0,
      outcomes,
    });
    expect(error.attempts).toBe(101);
    expect(error.timeline.length).toBeLessThanOrEqual(100);
  });

  it('contains no secret for any fault, and neither does the error', async ({ task }) => {
    const texts: string[] = [];
    for (const fault of Object.values(FAULTS)) {
      const { connect, proxy } = await serveThroughProxy({ seed: true });
      proxy.chooseFault = () =>
        fault.type === 'replace-response' ? { ...fault, response: rawResponse(500, 'canary-body') } : fault;
      const client = connect({
        auth: { token: 'canary-token' },
        headers: { 'x-key': 'canary-header' },
        retry: { limit: 2, backoffMs: 0 },
      });
      const error = await expectRejection(PersonaError, client.personas.create({ name: 'canary-name' }));
      texts.push(inspect(error, { depth: 10, showHidden: true }), JSON.stringify(error), String(error.stack));
    }
    const calls = Object.keys(FAULTS).length;
    const found = SECRETS.filter((secret) => texts.some((text) => text.includes(secret)));
    addRow(task, {
      fault: 'secrets in errors and timelines',
      calls,
      sent: '',
      outcomes: `${found.length} found`,
    });
    expect(found).toEqual([]);
  });

  it('records each attempt and delay with the remaining time', async () => {
    const { connect, proxy } = await serveThroughProxy({ seed: true });
    let requestIndex = 0;
    proxy.chooseFault = () =>
      [
        { type: 'replace-response', response: rawResponse(503), afterWrite: false } as const,
        { type: 'cut-response', bytes: 30, close: 'reset' } as const,
      ][requestIndex++];
    const { meta } = await connect({ retry: { backoffMs: 5 } }).withMeta.personas.get(1, {
      deadlineMs: 9_000,
    });
    expect(meta.timeline).toMatchObject([
      { event: 'cache', outcome: 'miss' },
      { event: 'request', attempt: 1 },
      { event: 'response', status: 503 },
      { event: 'retry', attempt: 2, error: 'server_error', status: 503 },
      { event: 'request', attempt: 2 },
      { event: 'response', error: 'connection_failed' },
      { event: 'retry', attempt: 3, error: 'connection_failed' },
      { event: 'request', attempt: 3 },
      { event: 'response', status: 200 },
    ]);
    for (const { elapsedMs, remainingMs } of meta.timeline)
      expect(elapsedMs + remainingMs).toBeCloseTo(9_000, -1);
  });
});
