import { createMany } from 'persona-client/collections';
import { expect, it } from 'vitest';
import { createLossyService, type LossyServiceOptions } from '../../support/lossy-service.js';
import { createTestClient } from '../../support/service.js';

const behavioral = { browsing_habits: ['evenings'], device_usage: { mobile: '1' } };

/** The published service, and a client with default options except for the wait. */
function start(options: LossyServiceOptions = {}) {
  const service = createLossyService({ published: true, ...options });
  const client = createTestClient({
    fetch: service.fetch,
    lateWriteWindowMs: 20,
    onUnknownOutcome: 'reconcile',
  });
  const countStored = async () => (await client.personas.list({}, { cache: 'no-store' })).total;
  return { service, client, countStored };
}

it('a create with behavioral leaves one row, and says why the client stopped', async () => {
  const { client, countStored } = start();
  await expect(client.personas.create({ name: 'Ada', behavioral })).rejects.toMatchObject({
    status: 500,
    attempts: 1,
    maybeApplied: true,
    message: expect.stringContaining('the service hides 1 of the rows that it counts in its list'),
  });
  expect(await countStored()).toBe(1);
});

it('createMany of 300 items with behavioral leaves 300 rows, and lists all as doubtful', async () => {
  const { client, countStored } = start();
  const items = Array.from({ length: 300 }, (_, index) => ({ name: `Persona ${index}`, behavioral }));
  const run = createMany(client, items, { onUnknownOutcome: 'reconcile', lateWriteWindowMs: 20 });
  expect(await run.finish()).toMatchObject({
    failed: 300,
    complete: true,
    doubtful: items.map((_, index) => index),
    advice: expect.stringContaining('look in its database'),
  });
  expect(await countStored()).toBe(300);
}, 30_000);

it.each(['reconcile', 'throw'] as const)(
  'createMany with %s sends every item although each 500 counts for the circuit, and lists are slow',
  async (onUnknownOutcome) => {
    const { service, client, countStored } = start();
    service.service.faults.add({ delayMs: 30, match: { method: 'GET' } });
    const items = Array.from({ length: 40 }, (_, index) => ({ name: `Persona ${index}`, behavioral }));
    const run = createMany(client, items, { onUnknownOutcome, lateWriteWindowMs: 20 });
    expect(await run.finish()).toMatchObject({ failed: 40, complete: true });
    expect(run.summary.doubtful).toHaveLength(40);
    expect(await countStored()).toBe(40);
  },
);

it('createMany creates the items without behavioral in a mixed list, and reports the others', async () => {
  const { client, countStored } = start();
  const items = Array.from({ length: 100 }, (_, index) => ({
    name: `Persona ${index}`,
    ...(index % 2 === 1 && { behavioral }),
  }));
  const run = createMany(client, items, { onUnknownOutcome: 'reconcile', lateWriteWindowMs: 20 });
  expect(await run.finish()).toMatchObject({ succeeded: 50, failed: 50 });
  expect(run.summary.doubtful).toEqual(Array.from({ length: 50 }, (_, index) => 2 * index + 1));
  expect(await countStored()).toBe(100);
}, 30_000);

it('finds a lost create although lists return its interests as characters', async () => {
  const { service, client, countStored } = start({ nextOutcome: () => 'stored, cut' });
  const grace = { name: 'Grace', psychographic: { interests: ['compilers', 'naïve', 'x'], opinions: [] } };
  const { meta } = await client.withMeta.personas.create(grace);
  expect(meta.source).toBe('reconciled');
  const run = createMany(client, [{ ...grace, name: 'Joan' }], {
    onUnknownOutcome: 'reconcile',
    lateWriteWindowMs: 20,
  });
  expect(await run.finish()).toMatchObject({ succeeded: 1, reconciled: 1 });
  expect(await countStored()).toBe(2);
  expect(service.counts.creates).toBe(2);
});

it('a lost connection does not lead to another create while the service hides older rows', async () => {
  const { service, client, countStored } = start();
  await client.personas.create({ name: 'Ada', behavioral }).catch(() => {});
  service.state.nextOutcome = () => 'cut';
  await expect(client.personas.create({ name: 'Grace' })).rejects.toMatchObject({
    code: 'connection_failed',
    maybeApplied: true,
    message: expect.stringContaining("Look for it in the service's database first."),
  });
  expect(await countStored()).toBe(1);
});
