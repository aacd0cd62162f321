import { PersonaNotFoundError } from 'persona-client';
import { expect, it } from 'vitest';
import { failureOf } from '../../support/failures.js';
import { microsOf, UTC } from '../../support/time.js';
import type { Bench } from '../deployed.js';

/** Both examples of the guide, word for word. */
const GUIDE = [
  {
    name: 'Example User',
    demographic: { country: 'US', city: 'San Francisco', language: 'en-US' },
    psychographic: { interests: ['technology', 'travel', 'cooking'] },
  },
  { name: 'Test User', demographic: { country: 'Canada', city: 'Toronto', language: 'en-CA' } },
];

const FULL = {
  name: 'Zoë “Ωmega” 👩‍🔬',
  demographic: { latitude: 60.1699, longitude: 24.9384, age: 0, income: null, occupation: 'Tester' },
  psychographic: { interests: ['tests'], lifestyle: 'thorough' },
  behavioral: { browsing_habits: ['docs'], device_usage: { laptop: 'work' } },
  contextual: { screen_size: '412x915', weather: 'rain' },
};

export function personas(bench: Bench): void {
  it.each(GUIDE)("creates the guide's $name", async (example) => {
    const created = await bench.create(example);
    expect(created).toMatchObject(example);
    expect(await bench.connect().personas.get(created.id)).toEqual(created);
  });

  it('keeps all four categories, zero, null and every script', async () => {
    const created = await bench.create(FULL);
    expect(await bench.connect().personas.get(created.id)).toMatchObject(FULL);
  });

  it('updates by merging: what is left out stays, inside a category too', async () => {
    const { id } = await bench.create(FULL);
    await bench.client.personas.update(id, { name: 'renamed' });
    const updated = await bench.client.personas.update(id, {
      demographic: { city: 'Helsinki' },
      psychographic: { lifestyle: 'calm' },
    });
    expect(updated).toMatchObject({
      ...FULL,
      name: 'renamed',
      demographic: { ...FULL.demographic, city: 'Helsinki' },
      psychographic: { interests: ['tests'], lifestyle: 'calm' },
    });
    expect(await bench.connect().personas.get(id)).toEqual(updated);
  });

  it('takes back what it gave', async () => {
    const read = await bench.create(FULL);
    const { demographic, psychographic, behavioral, contextual } = read;
    if (!demographic || !psychographic || !behavioral || !contextual)
      return expect.fail('a category is lost');
    const whole = { ...read, demographic, psychographic, behavioral, contextual };
    const written = await bench.client.personas.update(read.id, whole);
    expect(written).toEqual({ ...read, updated_at: written.updated_at });
  });

  it('gives the times in UTC, saying so, and later ones for later writes', async () => {
    const before = Date.now();
    const created = await bench.create();
    const updated = await bench.client.personas.update(created.id, { name: 'later' });
    for (const time of [created.created_at, created.updated_at, updated.updated_at])
      expect(time).toMatch(UTC);
    expect(updated.created_at).toBe(created.created_at);
    expect(microsOf(updated.updated_at)).toBeGreaterThan(microsOf(created.updated_at));
    const oneHour = 3_600_000; // clocks differ, time zones by more
    expect(Math.abs(Date.parse(created.created_at) - before)).toBeLessThan(oneHour / 2);
  });

  it('deletes, and then it is gone', async () => {
    const { id } = await bench.create();
    expect(await bench.client.personas.delete(id)).toBeUndefined();
    const gone = await failureOf(PersonaNotFoundError, bench.client.personas.get(id));
    expect(gone).toMatchObject({ personaId: id, status: 404, code: 'not_found' });
  });

  it('tells how an answer came about, with withMeta', async () => {
    const { id } = await bench.create();
    const { withMeta } = bench.connect();
    const { data, meta } = await withMeta.personas.get(id);
    expect(data.id).toBe(id);
    expect(meta).toMatchObject({ status: 200, attempts: 1, source: 'network', ageMs: 0 });
    expect(meta.requestId).not.toBe('');
    expect(meta.timeline.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['cache', 'request', 'response']),
    );

    const again = await withMeta.personas.get(id);
    expect(again.data).toEqual(data);
    expect(again.meta).toMatchObject({
      status: 200,
      attempts: 0,
      source: 'cache',
      requestId: meta.requestId,
    });
    expect(again.meta.ageMs).toBeGreaterThan(0);

    const { meta: written } = await withMeta.personas.update(id, { name: 'with meta' });
    expect(written).toMatchObject({ status: 200, attempts: 1, source: 'network' });
  });
}
