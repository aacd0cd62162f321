import {
  PersonaNotFoundError,
  PersonaResponseError,
  PersonaServerError,
  PersonaValidationError,
} from 'persona-client';
import { createPrivacy, type PurgeCandidate } from 'persona-client/collections';
import { describe, expect, it } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { DIALECTS, startService } from '../../support/service.js';

describe.each(DIALECTS)('privacy, %s', (dialect) => {
  it('exports a persona from the service, not the cache, in a form that create accepts', async () => {
    const { connect } = await startService({ dialect });
    const client = connect();
    await client.personas.get(1);
    await connect().personas.update(1, { name: 'Renamed' });
    const exported = await createPrivacy(client).export(1);
    expect(exported).toMatchObject({
      format: 'persona-client/export',
      version: 1,
      persona: { name: 'Renamed' },
    });
    const { persona } = JSON.parse(JSON.stringify(exported)) as typeof exported;
    const recreated = await client.personas.create(persona);
    expect({ ...recreated.psychographic, id: 0, persona_id: 0 }).toEqual({
      ...persona.psychographic,
      id: 0,
      persona_id: 0,
    });
    await expectRejection(PersonaNotFoundError, createPrivacy(client).export(999));
  });

  it('erases a persona from the service and from every cached read, even while the service is down', async () => {
    const { connect, service } = await startService({ dialect });
    const client = connect({ retry: false });
    const reads = [
      () => client.personas.get(2),
      () => client.personas.list(),
      () => client.demographic.get(2),
      () => client.psychographic.get(2),
    ];
    for (const read of reads) await read();
    const receipt = await createPrivacy(client).erase(2);
    expect(receipt).toEqual({
      id: 2,
      existed: true,
      erased_at: expect.stringMatching(/Z$/),
      verified_at: expect.stringMatching(/Z$/),
      request_ids: [expect.any(String), expect.any(String)],
    });
    await expectRejection(PersonaNotFoundError, connect().personas.get(2));
    service.faults.add({ status: 503 });
    for (const read of reads) await expect(read()).rejects.toMatchObject({ code: 'server_error' });
  });

  it('reports existed: false for a persona that does not exist', async () => {
    const { connect } = await startService({ dialect });
    expect(await createPrivacy(connect()).erase(999)).toMatchObject({ existed: false });
  });
});

it('bypasses the cache to verify, and throws if the persona can still be read', async () => {
  const { connect, service } = await startService();
  service.faults.add({ status: 200, match: { method: 'DELETE' } });
  const error = await expectRejection(PersonaResponseError, createPrivacy(connect()).erase(1));
  expect(error).toMatchObject({ maybeApplied: true, status: 200 });
  expect(error.message).toContain('still returns persona 1 after the deletion');
});

it('says that the persona may be deleted if the read after the deletion fails', async () => {
  const { service, connect } = await startService({ seed: 2 });
  const client = connect({ retry: false });
  client.on('callEnd', ({ call }) => {
    if (call === 'personas.delete') service.faults.add({ match: { method: 'GET' }, status: 503 });
  });
  const error = await expectRejection(PersonaServerError, createPrivacy(client).erase(1));
  expect(error.maybeApplied).toBe(true);
  expect(error.message).toContain('The persona had already been deleted.');
});

it('reads the persona only before the deletion with verify: false', async () => {
  const { connect, requestLines } = await startService();
  expect(await createPrivacy(connect()).erase(1, { verify: false })).not.toHaveProperty('verified_at');
  expect(requestLines()).toEqual(['GET /api/v1/personas/1', 'DELETE /api/v1/personas/1']);
});

describe('purge', () => {
  const DAY = 86_400_000;
  const FIRST_DAY = Date.UTC(2026, 0, 1);

  /** Creates one persona per day. */
  async function setup(days: number) {
    let now = FIRST_DAY;
    const server = await startService({ seed: false, now: () => now });
    const client = server.connect();
    for (let day = 0; day < days; day++) {
      now = FIRST_DAY + day * DAY;
      await client.personas.create({ name: `Day ${day}` });
    }
    return { ...server, client, dayStart: (day: number) => new Date(FIRST_DAY + day * DAY) };
  }
  const ids = (candidates: readonly PurgeCandidate[], outcome: string) =>
    candidates
      .filter((candidate) => candidate.outcome === outcome)
      .map(({ id }) => id)
      .toSorted((a, b) => a - b);

  it('deletes every persona that was not updated since the limit', async () => {
    const { client, dayStart } = await setup(30);
    const candidates: PurgeCandidate[] = [];
    const onPersona = (persona: PurgeCandidate) => void candidates.push(persona);
    const report = await createPrivacy(client).purge({ olderThan: dayStart(10), onPersona });
    expect(report).toEqual({
      dryRun: false,
      olderThan: dayStart(10).toISOString(),
      scanned: 30,
      matched: 10,
      deleted: 10,
      skipped: 0,
      missing: 0,
      failed: 0,
      unseen: 0,
      complete: true,
    });
    expect(ids(candidates, 'deleted')).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect((await client.personas.toArray()).length).toBe(20);
  });

  it('is complete although its own deletions move rows across many pages', async () => {
    const { client, dayStart } = await setup(500);
    const report = await createPrivacy(client).purge({ olderThan: dayStart(450) });
    expect(report).toMatchObject({ scanned: 500, matched: 450, deleted: 450, unseen: 0, complete: true });
    expect(report).not.toHaveProperty('incompleteReason');
    expect((await client.personas.toArray()).length).toBe(50);
  });

  it('counts the rows that the service still hides after its deletions', async () => {
    const { connect } = await startService({ dialect: 'subresource', published: true, seed: false });
    const client = connect();
    for (let count = 0; count < 150; count++) await client.personas.create({ name: `Persona ${count}` });
    const hidden = client.personas.create({ name: 'Hidden', behavioral: {} });
    await expect(hidden).rejects.toMatchObject({ maybeApplied: true });
    const report = await createPrivacy(client).purge({ olderThan: new Date(Date.now() + 60_000) });
    expect(report).toMatchObject({ deleted: 150, unseen: 1, complete: false, incompleteReason: 'hidden' });
  });

  it('deletes nothing in a dry run', async () => {
    const { client, dayStart, requestLines } = await setup(10);
    const candidates: PurgeCandidate[] = [];
    const report = await createPrivacy(client).purge({
      olderThan: dayStart(5).toISOString(),
      dryRun: true,
      onPersona: (persona) => void candidates.push(persona),
    });
    expect(report).toMatchObject({ matched: 5, deleted: 0 });
    expect(ids(candidates, 'would-delete')).toEqual([1, 2, 3, 4, 5]);
    expect(requestLines().some((request) => request.startsWith('DELETE'))).toBe(false);
  });

  it('reads each persona again before it deletes it: skips an updated one and counts a deleted one as missing', async () => {
    const { client, dayStart, connect, service } = await setup(10);
    const other = connect();
    const { fetch } = service;
    let isListed = false;
    const raced = connect({
      baseUrl: 'http://service',
      fetch: async (input, init) => {
        const response = await fetch(input as string, init);
        if (!isListed && String(input).includes('per_page')) {
          isListed = true;
          await other.personas.update(3, { name: 'Still here' });
          await other.personas.delete(4);
        }
        return response;
      },
      dialect: 'subresource',
    });
    const candidates: PurgeCandidate[] = [];
    const report = await createPrivacy(raced).purge({
      olderThan: dayStart(8),
      onPersona: (persona) => void candidates.push(persona),
    });
    expect(report).toMatchObject({ matched: 8, deleted: 6, skipped: 1, missing: 1, failed: 0 });
    expect(ids(candidates, 'skipped')).toEqual([3]);
    expect(ids(candidates, 'missing')).toEqual([4]);
    expect((await client.personas.get(3, { cache: 'no-store' })).name).toBe('Still here');
  });

  it("compares the creation time with timestampField: 'created_at'", async () => {
    const { client, dayStart } = await setup(10);
    await client.personas.update(1, { name: 'Updated lately' });
    expect(
      await createPrivacy(client).purge({ olderThan: dayStart(2), timestampField: 'created_at' }),
    ).toMatchObject({
      deleted: 2,
    });
  });

  it.each([
    ['olderThan', { olderThan: '2026-01-01T00:00:00' }],
    ['olderThan', { olderThan: '2024-02-30T00:00:00Z' }],
    ['olderThan', { olderThan: new Date(Number.NaN) }],
    ['olderThan', {}],
    ['olderThan', { olderThan: 30 }],
    ['timestampField', { olderThan: new Date(), timestampField: 'name' }],
    ['dryRun', { olderThan: new Date(), dryRun: 'yes' }],
    ['dryrun', { olderThan: new Date(), dryrun: true }],
    ['concurrency', { olderThan: new Date(), concurrency: 0 }],
  ])('rejects an invalid %s before any request', async (option, options) => {
    const { connect, service } = await startService();
    const error = await expectRejection(
      PersonaValidationError,
      createPrivacy(connect()).purge(options as never),
    );
    expect(error.issues.map(({ path }) => path)).toEqual([[option]]);
    expect(service.requests).toEqual([]);
  });
});
