import { PersonaNotFoundError, PersonaResponseError, PersonaValidationError } from 'persona-client';
import { type PurgedPersona, privacyOf } from 'persona-client/collections';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../support/failures.js';
import { DIALECTS, serve } from '../../support/service.js';

describe.each(DIALECTS)('%s', (dialect) => {
  it('exports everything, fresh, in a form that can be created again', async () => {
    const { connect } = await serve({ dialect });
    const client = connect();
    await client.personas.get(1);
    await connect().personas.update(1, { name: 'Renamed' });
    const exported = await privacyOf(client).export(1);
    expect(exported).toMatchObject({
      format: 'persona-client/export',
      version: 1,
      persona: { name: 'Renamed' },
    });
    const { persona } = JSON.parse(JSON.stringify(exported)) as typeof exported;
    const again = await client.personas.create(persona);
    expect({ ...again.psychographic, id: 0, persona_id: 0 }).toEqual({
      ...persona.psychographic,
      id: 0,
      persona_id: 0,
    });
    await failureOf(PersonaNotFoundError, privacyOf(client).export(999));
  });

  it('erases: gone at the service, and from every cached read, though the service be out of reach', async () => {
    const { connect, service } = await serve({ dialect });
    const client = connect({ retry: false });
    const reads = [
      () => client.personas.get(2),
      () => client.personas.list(),
      () => client.demographic.get(2),
      () => client.psychographic.get(2),
    ];
    for (const read of reads) await read();
    const receipt = await privacyOf(client).erase(2);
    expect(receipt).toEqual({
      id: 2,
      existed: true,
      erased_at: expect.stringMatching(/Z$/),
      verified_at: expect.stringMatching(/Z$/),
      request_ids: [expect.any(String), expect.any(String)],
    });
    await failureOf(PersonaNotFoundError, connect().personas.get(2));
    service.faults.add({ status: 503 });
    for (const read of reads) await expect(read()).rejects.toMatchObject({ code: 'server_error' });
  });

  it('erases what is not there, and says so', async () => {
    const { connect } = await serve({ dialect });
    expect(await privacyOf(connect()).erase(999)).toMatchObject({ existed: false });
  });
});

it('reads back past the cache, and says when the persona is still there', async () => {
  const { connect, service } = await serve();
  service.faults.add({ status: 200, match: { method: 'DELETE' } });
  const error = await failureOf(PersonaResponseError, privacyOf(connect()).erase(1));
  expect(error).toMatchObject({ maybeApplied: true, status: 200 });
  expect(error.message).toContain('still answers');
});

it('does not read back where that is not wanted', async () => {
  const { connect, asked } = await serve();
  expect(await privacyOf(connect()).erase(1, { verify: false })).not.toHaveProperty('verified_at');
  expect(asked()).toEqual(['DELETE /api/v1/personas/1']);
});

describe('purge', () => {
  const DAY = 86_400_000;
  const BEGIN = Date.UTC(2026, 0, 1);

  /** One persona a day. */
  async function calendar(days: number) {
    let now = BEGIN;
    const world = await serve({ seed: false, now: () => now });
    const client = world.connect();
    for (let day = 0; day < days; day++) {
      now = BEGIN + day * DAY;
      await client.personas.create({ name: `Day ${day}` });
    }
    return { ...world, client, at: (day: number) => new Date(BEGIN + day * DAY) };
  }
  const ids = (told: readonly PurgedPersona[], outcome: string) =>
    told
      .filter((one) => one.outcome === outcome)
      .map(({ id }) => id)
      .toSorted((a, b) => a - b);

  it('deletes who was not updated since', async () => {
    const { client, at } = await calendar(30);
    const told: PurgedPersona[] = [];
    const onPersona = (persona: PurgedPersona) => void told.push(persona);
    const report = await privacyOf(client).purge({ olderThan: at(10), onPersona });
    expect(report).toEqual({
      dryRun: false,
      olderThan: at(10).toISOString(),
      examined: 30,
      matched: 10,
      deleted: 10,
      kept: 0,
      gone: 0,
      failed: 0,
      complete: true,
    });
    expect(ids(told, 'deleted')).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect((await client.personas.toArray()).length).toBe(20);
  });

  it('only looks in a dry run', async () => {
    const { client, at, asked } = await calendar(10);
    const told: PurgedPersona[] = [];
    const report = await privacyOf(client).purge({
      olderThan: at(5).toISOString(),
      dryRun: true,
      onPersona: (persona) => void told.push(persona),
    });
    expect(report).toMatchObject({ matched: 5, deleted: 0 });
    expect(ids(told, 'would-delete')).toEqual([1, 2, 3, 4, 5]);
    expect(asked().some((request) => request.startsWith('DELETE'))).toBe(false);
  });

  it('looks again right before: who was updated meanwhile stays, who is gone is gone', async () => {
    const { client, at, connect, service } = await calendar(10);
    const other = connect();
    const { fetch } = service;
    let listed = false;
    const meddling = connect({
      baseUrl: 'http://service',
      fetch: async (input, init) => {
        const answer = await fetch(input as string, init);
        if (!listed && String(input).includes('per_page')) {
          listed = true;
          await other.personas.update(3, { name: 'Still here' });
          await other.personas.delete(4);
        }
        return answer;
      },
      dialect: 'subresource',
    });
    const told: PurgedPersona[] = [];
    const report = await privacyOf(meddling).purge({
      olderThan: at(8),
      onPersona: (persona) => void told.push(persona),
    });
    expect(report).toMatchObject({ matched: 8, deleted: 6, kept: 1, gone: 1, failed: 0 });
    expect(ids(told, 'kept')).toEqual([3]);
    expect(ids(told, 'gone')).toEqual([4]);
    expect((await client.personas.get(3, { cache: 'no-store' })).name).toBe('Still here');
  });

  it('goes by the time of creation, if told so', async () => {
    const { client, at } = await calendar(10);
    await client.personas.update(1, { name: 'Updated lately' });
    expect(await privacyOf(client).purge({ olderThan: at(2), by: 'created_at' })).toMatchObject({
      deleted: 2,
    });
  });

  it.each([
    ['olderThan', { olderThan: '2026-01-01T00:00:00' }],
    ['olderThan', { olderThan: new Date(Number.NaN) }],
    ['olderThan', {}],
    ['olderThan', { olderThan: 30 }],
    ['by', { olderThan: new Date(), by: 'name' }],
    ['dryRun', { olderThan: new Date(), dryRun: 'yes' }],
    ['dryrun', { olderThan: new Date(), dryrun: true }],
    ['concurrency', { olderThan: new Date(), concurrency: 0 }],
  ])('refuses an impossible %s', async (option, options) => {
    const { connect, service } = await serve();
    const error = await failureOf(PersonaValidationError, privacyOf(connect()).purge(options as never));
    expect(error.issues.map(({ path }) => path)).toEqual([[option]]);
    expect(service.requests).toEqual([]);
  });
});
