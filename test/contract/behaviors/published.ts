import { type PersonaClient, PersonaServerError } from 'persona-client';
import { expect, it } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import type { ContractContext } from '../context.js';

/**
 * What fails for a persona whose `behavioral` has a map, because the `subresource` service as published cannot show maps.
 * It applies writes before it fails, except that of another category, which succeeds.
 */
const EXPECTED_ERRORS: Readonly<
  Record<string, (client: PersonaClient, id: number, context: ContractContext) => Promise<unknown>>
> = {
  'personas.get': (client, id) => client.personas.get(id),
  'personas.update': (client, id) => client.personas.update(id, { name: 'contract: renamed' }),
  'behavioral.get': (client, id) => client.behavioral.get(id),
  'behavioral.update': (client, id) => client.behavioral.update(id, { browsing_habits: ['docs'] }),
};

/** Returns a new persona whose `behavioral` has a map. */
async function createWithMap(context: ContractContext): Promise<number> {
  const { id } = await context.create();
  await context.client.behavioral.update(id, { device_usage: { phone: 'all day' } }).catch(() => undefined);
  return id;
}

/** Defines the tests of a persona with a map. All services but the published one show it like any other persona. */
export function published(context: ContractContext): void {
  it.each(Object.entries(EXPECTED_ERRORS))('%s fails only on the published service', async (_, call) => {
    const id = await createWithMap(context);
    const result = call(context.connect({ retry: false, breaker: false }), id, context);
    if (!context.published) return void (await result);
    expect(await expectRejection(PersonaServerError, result)).toMatchObject({ status: 500 });
  });

  it('leaves another persona readable after an update sets its unset map to null', async () => {
    const { id } = await context.create();
    const empty = context.dialect === 'subresource' ? null : {};
    await context.client.behavioral.update(id, { browsing_habits: ['docs'] });
    await context.client.behavioral.update(id, { device_usage: empty });
    await context.client.behavioral.update(id, { device_usage: empty, brand_interactions: ['shops'] });
    expect((await context.connect().personas.get(id)).behavioral).toMatchObject({
      browsing_habits: ['docs'],
      brand_interactions: ['shops'],
      device_usage: empty,
    });
  });

  it('is missing only from the list of the published service, which counts it', async () => {
    const id = await createWithMap(context);
    const { items, total } = await context.connect().personas.list({ perPage: 3 });
    expect(items.some((item) => item.id === id)).toBe(!context.published);
    expect(items).toHaveLength(Math.min(total, 3) - (context.published ? 1 : 0));
  });

  it('keeps its other categories readable and writable', async () => {
    const id = await createWithMap(context);
    const client = context.connect();
    expect(await client.contextual.update(id, { weather: 'rain' })).toMatchObject({ weather: 'rain' });
    expect(await client.contextual.get(id)).toMatchObject({ weather: 'rain' });
  });

  it('is stored once if the service responds to its create with 500', async () => {
    const client = context.connect({ breaker: false });
    const before = (await client.personas.list({ perPage: 1 })).total;
    const created = client.personas.create({ name: 'contract: created with a map', behavioral: {} });
    if (context.published)
      expect(await expectRejection(PersonaServerError, created)).toMatchObject({ maybeApplied: true });
    const previous = context.published ? (await context.create()).id - 1 : (await created).id;
    const stored = (await client.personas.list({ perPage: 1, page: 1 }, { cache: 'no-store' })).total;
    await client.personas.delete(previous);
    expect(stored).toBe(before + (context.published ? 2 : 1));
  });
}
