import { PersonaServerError } from 'persona-client';
import { createMany, type JournalEntry } from 'persona-client/collections';
import { describe, expect, it } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { createLossyService, type LossyServiceOptions } from '../../support/lossy-service.js';
import { memoryJournal } from '../../support/memory-journal.js';
import { createTestClient, DIALECTS, NO_BACKOFF } from '../../support/service.js';

const ada = { name: 'Ada', behavioral: { browsing_habits: ['evenings'] } };
const HIDDEN = 'A search for the persona was inconclusive: the service hides';
const ABSENT = 'A search did not find the persona, although the list is complete.';

/** Starts a service that stores personas with behavioral, responds with 500, and hides them from its lists. */
function start(options: LossyServiceOptions) {
  const service = createLossyService({
    isHidden: ({ behavioral }) => behavioral != null,
    nextOutcome: (name) => (name === 'Plain' ? 'ok' : 'stored, 500'),
    ...options,
  });
  const client = createTestClient({
    fetch: service.fetch,
    breaker: false,
    lateWriteWindowMs: 20,
    retry: NO_BACKOFF,
    onUnknownOutcome: 'reconcile',
  });
  return { service, client };
}

describe.each(DIALECTS)('a service that stores personas and hides them, %s', (dialect) => {
  it('personas.create stores one row, and fails with the reason', async () => {
    const { service, client } = start({ dialect });
    const error = await expectRejection(PersonaServerError, client.personas.create(ada));
    expect(error).toMatchObject({ status: 500, maybeApplied: true, attempts: 1, code: 'server_error' });
    expect(error.message).toContain(`${HIDDEN} 1 of the rows that it counts in its list.`);
    expect(error.message).toContain("Look for it in the service's database first.");
    expect(await service.stored()).toHaveLength(1);
  });

  it('createMany of 300 items stores 300 rows, lists the doubtful items, and says how to settle them', async () => {
    const { service, client } = start({ dialect });
    const items = Array.from({ length: 300 }, (_, index) => ({ ...ada, name: `Persona ${index}` }));
    const run = createMany(client, items, { onUnknownOutcome: 'reconcile', lateWriteWindowMs: 20 });
    expect(await run.finish()).toMatchObject({
      succeeded: 0,
      failed: 300,
      complete: true,
      doubtful: items.map((_, index) => index),
      advice: expect.stringContaining("If the service's list hides rows, look in its database."),
    });
    expect(await service.stored()).toHaveLength(300);
  });

  it('createMany sends every item although the circuit breaker counts each 500', async () => {
    const { service } = start({ dialect });
    const client = createTestClient({ fetch: service.fetch });
    const items = Array.from({ length: 50 }, (_, index) => ({ ...ada, name: `Persona ${index}` }));
    const run = createMany(client, items, { onUnknownOutcome: 'reconcile', lateWriteWindowMs: 20 });
    expect(await run.finish()).toMatchObject({ failed: 50, doubtful: items.map((_, index) => index) });
    expect(await service.stored()).toHaveLength(50);
  });

  it('a journaled run never creates a doubtful item again, and finds it once the service shows it', async () => {
    const { service, client } = start({ dialect });
    const entries: JournalEntry[] = [];
    const items = Array.from({ length: 5 }, (_, index) => ({ ...ada, name: `Persona ${index}` }));
    const resume = () =>
      createMany(client, items, { lateWriteWindowMs: 20, journal: memoryJournal(entries)() }).finish();
    for (let attempt = 0; attempt < 3; attempt++)
      expect(await resume()).toMatchObject({ failed: 5, doubtful: [0, 1, 2, 3, 4] });
    expect(service.counts.creates).toBe(5);
    service.state.isHidden = undefined;
    const repaired = await resume();
    expect(repaired).toMatchObject({ succeeded: 5, reconciled: 5, failed: 0, doubtful: [] });
    expect(repaired).not.toHaveProperty('advice');
    expect(service.counts.creates).toBe(5);
  });

  it('a create whose connection breaks is not repeated while older rows are hidden', async () => {
    const { service, client } = start({ dialect });
    await client.personas.create(ada).catch(() => {});
    service.state.nextOutcome = () => 'cut';
    await expect(client.personas.create({ name: 'Plain' })).rejects.toMatchObject({
      code: 'connection_failed',
      maybeApplied: true,
      message: expect.stringContaining(`${HIDDEN} 1 of the rows`),
    });
    expect(service.counts.creates).toBe(2);
  });

  it('finds a visible persona beside hidden rows, on later pages too', async () => {
    const { service, client } = start({ dialect });
    service.state.nextOutcome = () => 'stored, cut';
    const visible = client.withMeta.personas.create({ name: 'Plain' });
    service.state.nextOutcome = () => 'stored, 500';
    const hidden = Array.from({ length: 250 }, (_, index) => ({ ...ada, name: `Persona ${index}` }));
    await createMany(client, hidden, { onUnknownOutcome: 'throw' }).finish();
    expect((await visible).meta.source).toBe('reconciled');
    expect(await service.stored()).toHaveLength(251);
  });

  it('does not mistake an older visible persona for a lost create while the newest row is hidden', async () => {
    const { service, client } = start({ dialect, now: () => Date.now() - 60_000 });
    await client.personas.create({ name: 'Plain' });
    await client.personas.create(ada).catch(() => {});
    service.state.nextOutcome = () => 'cut';
    const run = createMany(client, [{ name: 'Plain' }], {
      onUnknownOutcome: 'reconcile',
      lateWriteWindowMs: 20,
    });
    expect(await run.finish()).toMatchObject({ succeeded: 0, reconciled: 0, doubtful: [0] });
    expect(service.counts.creates).toBe(3);
  });

  it('creates again once if the complete list lacks the persona, and stops after the second 500', async () => {
    const { service, client } = start({ dialect, nextOutcome: () => '500' });
    await expect(client.personas.create(ada)).rejects.toMatchObject({
      attempts: 2,
      maybeApplied: true,
      message: expect.stringContaining(ABSENT),
    });
    const run = createMany(client, [{ name: 'Grace' }], {
      onUnknownOutcome: 'reconcile',
      lateWriteWindowMs: 20,
    });
    const { value } = await run.next();
    expect(value).toMatchObject({ ok: false, error: { maybeApplied: true, status: 500 } });
    expect(value?.ok === false && value.error.message).toContain(ABSENT);
    expect(service.counts.creates).toBe(4);
  });

  it('stops after the second 500 even if the connection broke in between', async () => {
    const outcomes = ['500', 'cut', '500', 'ok'] as const;
    let position = 0;
    const { service, client } = start({ dialect, nextOutcome: () => outcomes[position++] });
    await expect(client.personas.create(ada)).rejects.toMatchObject({ attempts: 3, maybeApplied: true });
    expect(service.counts.creates).toBe(3);
  });
});

it('a later run creates an item again that got 500 twice, if the complete list lacks its persona', async () => {
  const outcomes = ['500', '500', '500', 'ok'] as const;
  let position = 0;
  const { service, client } = start({ nextOutcome: () => outcomes[position++] });
  const entries: JournalEntry[] = [];
  const resume = () =>
    createMany(client, [{ name: 'Plain' }], {
      lateWriteWindowMs: 20,
      journal: memoryJournal(entries)(),
    }).finish();
  expect(await resume()).toMatchObject({ failed: 1, doubtful: [0] });
  expect(service.counts.creates).toBe(2);
  expect(await resume()).toMatchObject({ failed: 1, doubtful: [0] });
  expect(service.counts.creates).toBe(3);
  expect(await resume()).toMatchObject({ succeeded: 1, failed: 0 });
  expect(await service.stored()).toHaveLength(1);
});

it('createMany settles 1,000 items although a locked database rejects dozens of creates with 500', async () => {
  let requestNumber = 0;
  const { service, client } = start({ nextOutcome: () => (++requestNumber % 20 === 0 ? '500' : 'ok') });
  const items = Array.from({ length: 1_000 }, (_, index) => ({ name: `Persona ${index}` }));
  const run = createMany(client, items, { onUnknownOutcome: 'reconcile', lateWriteWindowMs: 20 });
  const { succeeded, doubtful } = await run.finish();
  expect(succeeded + doubtful.length).toBe(1_000);
  const names = (await service.stored()).map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toHaveLength(succeeded);
  expect(doubtful.length).toBeLessThan(10);
}, 30_000);
