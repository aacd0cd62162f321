import { PersonaNotFoundError } from 'persona-client';
import { expect, it } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { toMicros, UTC_TIMESTAMP } from '../../support/time.js';
import type { ContractContext } from '../context.js';

/** Both examples of the integration guide, unchanged. */
const GUIDE = [
  {
    name: 'Example User',
    demographic: { country: 'US', city: 'San Francisco', language: 'en-US' },
    psychographic: { interests: ['technology', 'travel', 'cooking'] },
  },
  { name: 'Test User', demographic: { country: 'Canada', city: 'Toronto', language: 'en-CA' } },
];

/** A value in each category. The published service cannot show a persona that was created with `behavioral`. */
const createFullData = ({ published }: ContractContext) => ({
  name: 'Zoë “Ωmega” 👩‍🔬',
  demographic: { latitude: 60.1699, longitude: 24.9384, age: 0, income: null, occupation: 'Tester' },
  psychographic: { interests: ['tests'], lifestyle: 'thorough' },
  ...(!published && { behavioral: { browsing_habits: ['docs'], device_usage: { laptop: 'work' } } }),
  contextual: { screen_size: '412x915', weather: 'rain' },
});

export function personas(context: ContractContext): void {
  it.each(GUIDE)("creates the guide's example $name", async (example) => {
    const created = await context.create(example);
    expect(created).toMatchObject(example);
    expect(await context.connect().personas.get(created.id)).toEqual(created);
  });

  it('stores all four categories, zero, null and non-Latin text', async () => {
    const full = createFullData(context);
    const created = await context.create(full);
    expect(await context.connect().personas.get(created.id)).toMatchObject(full);
  });

  it('keeps omitted fields in an update, also within a category', async () => {
    const full = createFullData(context);
    const { id } = await context.create(full);
    await context.client.personas.update(id, { name: 'renamed' });
    const updated = await context.client.personas.update(id, {
      demographic: { city: 'Helsinki' },
      psychographic: { lifestyle: 'calm' },
    });
    expect(updated).toMatchObject({
      ...full,
      name: 'renamed',
      demographic: { ...full.demographic, city: 'Helsinki' },
      psychographic: { interests: ['tests'], lifestyle: 'calm' },
    });
    expect(await context.connect().personas.get(id)).toEqual(updated);
  });

  it('accepts a persona that it returned', async () => {
    const full = createFullData(context);
    const read = await context.create(full);
    const { demographic, psychographic, behavioral, contextual, ...others } = read;
    if (!demographic || !psychographic || (!behavioral && full.behavioral) || !contextual)
      return expect.fail('a category is missing');
    const update = { ...others, demographic, psychographic, ...(behavioral && { behavioral }), contextual };
    const written = await context.client.personas.update(read.id, update);
    expect(written).toEqual({ ...read, updated_at: written.updated_at });
  });

  it('returns timestamps in UTC that increase with each write', async () => {
    const before = Date.now();
    const created = await context.create();
    const updated = await context.client.personas.update(created.id, { name: 'later' });
    for (const time of [created.created_at, created.updated_at, updated.updated_at])
      expect(time).toMatch(UTC_TIMESTAMP);
    expect(updated.created_at).toBe(created.created_at);
    expect(toMicros(updated.updated_at)).toBeGreaterThan(toMicros(created.updated_at));
    const oneHour = 3_600_000; // clocks differ, time zones by more
    expect(Math.abs(Date.parse(created.created_at) - before)).toBeLessThan(oneHour / 2);
  });

  it('deletes a persona', async () => {
    const { id } = await context.create();
    expect(await context.client.personas.delete(id)).toBeUndefined();
    const error = await expectRejection(PersonaNotFoundError, context.client.personas.get(id));
    expect(error).toMatchObject({ personaId: id, status: 404, code: 'not_found' });
  });

  it('describes the response in meta', async () => {
    const { id } = await context.create();
    const { withMeta } = context.connect();
    const { data, meta } = await withMeta.personas.get(id);
    expect(data.id).toBe(id);
    expect(meta).toMatchObject({ status: 200, attempts: 1, source: 'network', ageMs: 0 });
    expect(meta.requestId).not.toBe('');
    expect(meta.timeline.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['cache', 'request', 'response']),
    );

    const cached = await withMeta.personas.get(id);
    expect(cached.data).toEqual(data);
    expect(cached.meta).toMatchObject({
      status: 200,
      attempts: 0,
      source: 'cache',
      requestId: meta.requestId,
    });
    expect(cached.meta.ageMs).toBeGreaterThan(0);

    const { meta: updateMeta } = await withMeta.personas.update(id, { name: 'with meta' });
    expect(updateMeta).toMatchObject({ status: 200, attempts: 1, source: 'network' });
  });
}
