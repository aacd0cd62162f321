import { createPersonaService } from 'persona-client/testing';
import { describe, expect, it } from 'vitest';
import { type Json, NAIVE, STORES, started, WHOLE_SECOND } from './helpers.js';

const PERSONAS = '/api/v1/personas';
const CATEGORIES = ['demographic', 'psychographic', 'behavioral', 'contextual'];

describe('seed', () => {
  it('gives five complete examples by default, from five countries', async () => {
    const { send } = await started();
    const personas = (await send('GET', PERSONAS)).body.personas as Json[];
    expect(personas).toHaveLength(5);
    const values = personas.flatMap((persona) =>
      CATEGORIES.flatMap((category) => Object.values(persona[category] as Json)),
    );
    expect(values).not.toContain(null);
    const demographics = personas.map(({ demographic }) => demographic as Json);
    expect(new Set(demographics.map(({ country }) => country)).size).toBe(5);
    expect(new Set(demographics.map(({ age }) => age)).size).toBe(5);
  });

  it('shows both forms of timestamps', async () => {
    const { send } = await started();
    const personas = (await send('GET', PERSONAS)).body.personas as Json[];
    const times = personas.map(({ created_at }) => String(created_at));
    expect(times.every((time) => NAIVE.test(time))).toBe(true);
    expect(new Set(times.map((time) => time.includes('.')))).toEqual(new Set([true, false]));
    expect(times).toEqual([...times].sort().reverse());
  });

  it('its examples can be written back in the attributes dialect, options and all', async () => {
    const { send } = await started({ dialect: 'attributes' });
    const personas = (await send('GET', PERSONAS)).body.personas as Json[];
    for (const persona of personas) expect((await send('POST', PERSONAS, persona)).status).toBe(201);
  });

  it.each([false, 0])('%s gives none', async (seed) => {
    const { send } = await started({ seed });
    expect((await send('GET', PERSONAS)).body).toMatchObject({ personas: [], total: 0 });
  });

  it.each(STORES)('a number gives so many, the same every time, quickly: $name', async ({ store }) => {
    const textOf = async () => {
      const service = createPersonaService({ seed: 10_000, now: () => WHOLE_SECOND, store });
      const response = await service.fetch(`http://x${PERSONAS}?page=77&per_page=100`);
      const text = await response.text();
      await service.close();
      return text;
    };
    const before = performance.now();
    const text = await textOf();
    expect(performance.now() - before).toBeLessThan(3000);
    expect(JSON.parse(text)).toMatchObject({ total: 10_000, page: 77, per_page: 100 });
    expect(await textOf()).toBe(text);
  });
});
