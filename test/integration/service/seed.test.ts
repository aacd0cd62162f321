import { createPersonaService } from 'persona-client/testing';
import { describe, expect, it } from 'vitest';
import { CATEGORIES, PERSONAS_PATH } from '../../support/personas.js';
import type { Json } from '../../support/sender.js';
import {
  countServiceCalls,
  NAIVE_TIMESTAMP,
  STORES,
  startServiceWithSender,
  WHOLE_SECOND,
} from './helpers.js';

describe('seed', () => {
  it('creates five complete examples from five countries by default', async () => {
    const { send } = await startServiceWithSender();
    const personas = (await send('GET', PERSONAS_PATH)).body.personas as Json[];
    expect(personas).toHaveLength(5);
    const values = personas.flatMap((persona) =>
      CATEGORIES.flatMap((category) => Object.values(persona[category] as Json)),
    );
    expect(values).not.toContain(null);
    const demographics = personas.map(({ demographic }) => demographic as Json);
    expect(new Set(demographics.map(({ country }) => country)).size).toBe(5);
    expect(new Set(demographics.map(({ age }) => age)).size).toBe(5);
  });

  it('creates timestamps with and without a fraction', async () => {
    const { send } = await startServiceWithSender();
    const personas = (await send('GET', PERSONAS_PATH)).body.personas as Json[];
    const times = personas.map(({ created_at }) => String(created_at));
    expect(times.every((time) => NAIVE_TIMESTAMP.test(time))).toBe(true);
    expect(new Set(times.map((time) => time.includes('.')))).toEqual(new Set([true, false]));
    expect(times).toEqual([...times].sort().reverse());
  });

  it('creates examples that pass validation in the attributes dialect', async () => {
    const { send } = await startServiceWithSender({ dialect: 'attributes' });
    const personas = (await send('GET', PERSONAS_PATH)).body.personas as Json[];
    for (const persona of personas) expect((await send('POST', PERSONAS_PATH, persona)).status).toBe(201);
  });

  it.each([false, 0])('creates no personas with %s', async (seed) => {
    const { send } = await startServiceWithSender({ seed });
    expect((await send('GET', PERSONAS_PATH)).body).toMatchObject({ personas: [], total: 0 });
  });

  it.each(STORES)(
    'generates the same 10,000 personas every time, with at most 200 function calls for each: $name',
    async ({ store }) => {
      const fetchPage = async () => {
        const service = createPersonaService({ seed: 10_000, now: () => WHOLE_SECOND, store });
        const response = await service.fetch(`http://x${PERSONAS_PATH}?page=77&per_page=100`);
        const text = await response.text();
        await service.close();
        return text;
      };
      const { result: text, calls } = await countServiceCalls(fetchPage);
      expect(calls).toBeLessThan(200 * 10_000);
      expect(JSON.parse(text)).toMatchObject({ total: 10_000, page: 77, per_page: 100 });
      expect(await fetchPage()).toBe(text);
    },
  );
});
