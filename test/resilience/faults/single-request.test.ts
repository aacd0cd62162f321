import { describe, expect, it } from 'vitest';
import { countOutcomes, outcomeCode, serveThroughProxy, settle } from '../../support/proxied-service.js';
import { rawResponse } from '../../support/raw-response.js';
import { CALL_BY_METHOD, FAULTS } from './support/faults.js';
import { addRow } from './support/report-table.js';

describe('retry: false', () => {
  it('sends exactly one request for every fault', async ({ task }) => {
    const mismatches: string[] = [];
    const outcomes: string[] = [];
    let sent = 0;
    for (const [name, fault] of Object.entries(FAULTS))
      for (const [method, call] of Object.entries(CALL_BY_METHOD)) {
        const { connect, proxy } = await serveThroughProxy({ seed: true });
        proxy.chooseFault = () => fault;
        const outcome = await settle(call(connect({ retry: false, onUnknownOutcome: 'reconcile' })));
        await proxy.waitForForwardedRequests();
        const requests = [...proxy.requestCounts]
          .map(([requestMethod, count]) => `${count} ${requestMethod}`)
          .join();
        sent += proxy.requestCounts.get(method) ?? 0;
        outcomes.push(outcomeCode(outcome));
        if (requests !== `1 ${method}`) mismatches.push(`${name}: ${requests}`);
      }
    const calls = Object.keys(FAULTS).length * Object.keys(CALL_BY_METHOD).length;
    addRow(task, {
      fault: 'every fault, every method, retry: false',
      calls,
      sent,
      outcomes: countOutcomes(outcomes),
    });
    expect(mismatches).toEqual([]);
    expect(outcomes).not.toContain('ok');
  });
});

describe('a DELETE that fails with 404', () => {
  it.for(Object.entries(FAULTS).filter(([name]) => /forwarded late|^response|^50\d/.test(name)))(
    'succeeds if an earlier response was lost: %s',
    async ([name, fault], { task }) => {
      const { connect, proxy, service } = await serveThroughProxy({ seed: true });
      let wasFaulty = false;
      proxy.chooseFault = () => {
        if (wasFaulty) return undefined;
        wasFaulty = true;
        return fault.type === 'replace-response' ? { ...fault, afterWrite: true } : fault;
      };
      const client = connect({ retry: { backoffMs: 0 } });
      if (fault.type === 'delay-request') client.on('response', () => proxy.waitForForwardedRequests());
      const outcome = await settle(client.personas.delete(1));
      await proxy.waitForForwardedRequests();
      const isDeleted = (await service.fetch('http://service/api/v1/personas/1')).status === 404;
      addRow(task, {
        fault: `delete, ${name}`,
        calls: 1,
        sent: proxy.requestCounts.get('DELETE') ?? 0,
        outcomes: 'error' in outcome ? outcome.error.code : 'deleted',
      });
      expect(outcome).toEqual({ value: undefined });
      expect(isDeleted).toBe(true);
    },
  );

  it('fails if the persona never existed, even after a rejected attempt', async () => {
    const { connect, proxy } = await serveThroughProxy();
    proxy.chooseFault = () =>
      proxy.requestCounts.get('DELETE') === 1
        ? { type: 'replace-response', response: rawResponse(429), afterWrite: false }
        : undefined;
    const outcome = await settle(connect({ retry: { backoffMs: 0 } }).personas.delete(1));
    expect(outcome).toMatchObject({ error: { code: 'not_found', attempts: 2, maybeApplied: false } });
  });
});
