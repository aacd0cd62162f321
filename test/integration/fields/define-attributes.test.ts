import { defineAttributes, PersonaClient, PersonaValidationError, type StandardSchema } from 'persona-client';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { failureOf } from '../../support/failures.js';
import { DIALECTS, serve } from '../../support/service.js';

const attributes = defineAttributes({
  psychographic: z.object({
    interests: z.array(z.string()).min(1, 'give one at least'),
    lifestyle: z.optional(z.enum(['calm', 'busy'])),
    personality: z.optional(z.string().transform((text) => text.toUpperCase())),
  }),
});

describe.each(DIALECTS)('defined attributes on %s', (dialect) => {
  it('refuse what does not fit before anything is sent, the dialect not yet known', async () => {
    const { connect, asked } = await serve({ dialect });
    const client = connect({ attributes });
    const wrong = { interests: [], lifestyle: 'angry' } as never;
    for (const [call, at] of [
      [() => client.personas.create({ name: 'x', psychographic: wrong }), ['psychographic']],
      [() => client.personas.update(1, { psychographic: wrong }), ['psychographic']],
      [() => client.psychographic.update(1, wrong), []],
      [() => client.withMeta.psychographic.update(1, wrong), []],
    ] as const) {
      const error = await failureOf(PersonaValidationError, call());
      expect(error).toMatchObject({ code: 'invalid_input', attempts: 0, maybeApplied: false });
      expect(error.issues.map(({ path }) => path)).toEqual([
        [...at, 'interests'],
        [...at, 'lifestyle'],
      ]);
      expect(error.message).toContain('interests: give one at least');
    }
    expect(asked()).toEqual([]);
  });

  it('need all of a category in a create, and any of it in an update', async () => {
    const { connect } = await serve({ dialect });
    const client = connect({ attributes });
    const lacking = { lifestyle: 'calm' } as never;
    const error = await failureOf(
      PersonaValidationError,
      client.personas.create({ name: 'x', psychographic: lacking }),
    );
    expect(error.issues.map(({ path }) => path)).toEqual([['psychographic', 'interests']]);
    await client.personas.create({ name: 'without the category' });
    await client.personas.create({ name: 'null counts as left out', psychographic: null });
    const { id } = await client.personas.create({ name: 'x', psychographic: { interests: ['chess'] } });
    expect(await client.psychographic.update(id, { lifestyle: 'calm' })).toMatchObject({
      interests: ['chess'],
      lifestyle: 'calm',
    });
    await client.personas.update(id, { psychographic: { lifestyle: 'busy' } });
  });

  it('change nothing: what is sent is what was given', async () => {
    const { service, connect } = await serve({ dialect });
    await connect({ attributes }).psychographic.update(1, { personality: 'quiet' });
    expect(service.requests.at(-1)?.body).toBe('{"personality":"quiet"}');
  });

  it('take back what was read, whatever stood there', async () => {
    const { connect } = await serve({ dialect });
    const { id } = await connect().personas.create({
      name: 'x',
      psychographic: { lifestyle: 'not an option' },
    });
    const client = connect({ attributes });
    const read = await client.personas.get(id);
    expect(read.psychographic).toHaveProperty('lifestyle', 'not an option'); // older than the schema
    const { lifestyle: _, ...rest } = read.psychographic ?? {};
    expect(await client.personas.update(id, { ...read, psychographic: rest })).toHaveProperty('id', id);
  });
});

it('fields that no schema knows are sent, unless it refuses them', async () => {
  const { connect } = await serve({ dialect: 'attributes' });
  expect(await connect({ attributes }).psychographic.update(1, { own: [1, { deep: true }] })).toMatchObject({
    own: [1, { deep: true }],
  });
  const strict = defineAttributes({ psychographic: z.strictObject({ mood: z.optional(z.string()) }) });
  await failureOf(
    PersonaValidationError,
    connect({ attributes: strict }).psychographic.update(1, { own: 1 }),
  );
});

/** As the standard describes it, written by hand: it answers later, and names the parts of a path as objects. */
const slow: StandardSchema<{ weather: string }> = {
  '~standard': {
    version: 1,
    vendor: 'by hand',
    validate: async (value) =>
      Object(value).weather === 'wet'
        ? { value }
        : {
            issues: [{ message: 'must be wet', path: [{ key: 'weather' }, 0] }, { message: 'all is wrong' }],
          },
  },
};

it('a schema may answer later, and name its paths in either way', async () => {
  const { connect, asked } = await serve({ dialect: 'attributes' });
  const client = connect({ attributes: defineAttributes({ contextual: slow }) });
  const { issues } = await failureOf(PersonaValidationError, client.contextual.update(1, { weather: 'dry' }));
  expect(issues).toEqual([
    { path: ['weather', 0], message: 'must be wet' },
    { path: [], message: 'all is wrong' },
  ]);
  expect(asked()).toEqual([]);
  expect(await client.contextual.update(1, { weather: 'wet' })).toHaveProperty('weather', 'wet');
});

it('what is no schema, and no category, is refused when it is defined', () => {
  for (const [schemas, message] of [
    [{ demographic: z.object({}) }, /demographic: is not a category with fields of its own/],
    [{ contextual: {} }, /contextual: must be a schema that follows Standard Schema/],
    [{ contextual: undefined }, /contextual: must be/],
  ] as const)
    expect(() => defineAttributes(schemas as never)).toThrow(
      expect.objectContaining({ code: 'invalid_input', message: expect.stringMatching(message) }),
    );
  expect(() => new PersonaClient({ attributes: { psychographic: z.object({}) } as never })).toThrow(
    /attributes: must come from defineAttributes/,
  );
});
