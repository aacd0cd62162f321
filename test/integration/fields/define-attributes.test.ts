import { defineAttributes, PersonaClient, PersonaValidationError, type StandardSchema } from 'persona-client';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import * as z3 from 'zod/v3';
import { expectRejection } from '../../support/failures.js';
import { DIALECTS, startService, withOpenTypes } from '../../support/service.js';

const attributes = defineAttributes({
  psychographic: z.object({
    interests: z.array(z.string()).min(1, 'must have an entry'),
    lifestyle: z.optional(z.enum(['calm', 'busy'])),
    personality: z.optional(z.string().transform((text) => text.toUpperCase())),
  }),
});

describe.each(DIALECTS)('defined attributes on %s', (dialect) => {
  it('rejects invalid data before sending, before the dialect is known', async () => {
    const { connect, requestLines } = await startService({ dialect });
    const client = connect({ attributes });
    const invalid = { interests: [], lifestyle: 'angry' } as never;
    for (const [call, path] of [
      [() => client.personas.create({ name: 'x', psychographic: invalid }), ['psychographic']],
      [() => client.personas.update(1, { psychographic: invalid }), ['psychographic']],
      [() => client.psychographic.update(1, invalid), []],
      [() => client.withMeta.psychographic.update(1, invalid), []],
    ] as const) {
      const error = await expectRejection(PersonaValidationError, call());
      expect(error).toMatchObject({ code: 'invalid_input', attempts: 0, maybeApplied: false });
      expect(error.issues.map(({ path }) => path)).toEqual([
        [...path, 'interests'],
        [...path, 'lifestyle'],
      ]);
      expect(error.message).toContain('interests: must have an entry');
    }
    expect(requestLines()).toEqual([]);
  });

  it('requires all required fields in a create, but not in an update', async () => {
    const { connect } = await startService({ dialect });
    const client = connect({ attributes });
    const incomplete = { lifestyle: 'calm' } as never;
    const error = await expectRejection(
      PersonaValidationError,
      client.personas.create({ name: 'x', psychographic: incomplete }),
    );
    expect(error.issues.map(({ path }) => path)).toEqual([['psychographic', 'interests']]);
    await client.personas.create({ name: 'no category' });
    await client.personas.create({ name: 'null means omitted', psychographic: null });
    const { id } = await client.personas.create({ name: 'x', psychographic: { interests: ['chess'] } });
    expect(await client.psychographic.update(id, { lifestyle: 'calm' })).toMatchObject({
      interests: ['chess'],
      lifestyle: 'calm',
    });
    await client.personas.update(id, { psychographic: { lifestyle: 'busy' } });
  });

  it('sends the input without transforms', async () => {
    const { service, connect } = await startService({ dialect });
    await connect({ attributes }).psychographic.update(1, { personality: 'quiet' });
    expect(service.requests.at(-1)?.body).toBe('{"personality":"quiet"}');
  });

  it('accepts data that it returned, even if it does not match the schema', async () => {
    const { connect } = await startService({ dialect });
    const { id } = await connect().personas.create({
      name: 'x',
      psychographic: { lifestyle: 'not an option', interests: ['music'] },
    });
    const client = connect({ attributes });
    const read = await client.personas.get(id);
    expect(read.psychographic).toHaveProperty('lifestyle', 'not an option'); // older than the schema
    const { lifestyle: _, ...rest } = read.psychographic ?? {};
    expect(await client.personas.update(id, { ...read, psychographic: rest })).toHaveProperty('id', id);
  });
});

it('sends unknown fields unless the schema rejects them', async () => {
  const { connect } = await startService({ dialect: 'attributes' });
  expect(
    await withOpenTypes(connect({ attributes })).psychographic.update(1, { own: [1, { deep: true }] }),
  ).toMatchObject({
    own: [1, { deep: true }],
  });
  const strict = defineAttributes({ psychographic: z.strictObject({ mood: z.optional(z.string()) }) });
  await expectRejection(
    PersonaValidationError,
    withOpenTypes(connect({ attributes: strict })).psychographic.update(1, { own: 1 }),
  );
});

/** A hand-written Standard Schema that validates asynchronously and has objects in its paths. */
const asyncSchema: StandardSchema<{ weather: string }> = {
  '~standard': {
    version: 1,
    vendor: 'hand-written',
    validate: async (value) =>
      Object(value).weather === 'wet'
        ? { value }
        : {
            issues: [
              { message: 'must be wet', path: [{ key: 'weather' }, 0] },
              { message: 'everything is wrong' },
            ],
          },
  },
};

it('supports asynchronous schemas and both kinds of paths', async () => {
  const { connect, requestLines } = await startService({ dialect: 'attributes' });
  const client = connect({ attributes: defineAttributes({ contextual: asyncSchema }) });
  const { issues } = await expectRejection(
    PersonaValidationError,
    client.contextual.update(1, { weather: 'dry' }),
  );
  expect(issues).toEqual([
    { path: ['weather', 0], message: 'must be wet' },
    { path: [], message: 'everything is wrong' },
  ]);
  expect(requestLines()).toEqual([]);
  expect(await client.contextual.update(1, { weather: 'wet' })).toHaveProperty('weather', 'wet');
});

it('rejects values that are not schemas, unknown categories and unknown options', () => {
  for (const [schemas, message] of [
    [{ demographic: z.object({}) }, /demographic: must be one of psychographic, behavioral, contextual/],
    [{ contextual: {} }, /contextual: must be a Standard Schema/],
    [{ contextual: undefined }, /contextual: must be/],
  ] as const)
    expect(() => defineAttributes(schemas as never)).toThrow(
      expect.objectContaining({ code: 'invalid_input', message: expect.stringMatching(message) }),
    );
  for (const [options, message] of [
    [{ defaultField: false }, /defaultField: is not known. Did you mean defaultFields/],
    [{ defaultFields: 'no' }, /defaultFields: must be true or false/],
    [null, /options: must be an object/],
  ] as const)
    expect(() => defineAttributes({}, options as never)).toThrow(
      expect.objectContaining({ code: 'invalid_input', message: expect.stringMatching(message) }),
    );
  expect(() => new PersonaClient({ attributes: { psychographic: z.object({}) } as never })).toThrow(
    /attributes: must come from defineAttributes/,
  );
});

describe('a schema of zod for some fields', () => {
  const strict = defineAttributes({ psychographic: z.strictObject({ mood: z.optional(z.string()) }) });
  const closed = defineAttributes({
    psychographic: z.object({ mood: z.string(), pets: z.optional(z.string()) }),
  });
  const open = defineAttributes({ psychographic: z.looseObject({ mood: z.optional(z.string()) }) });

  it('reports each unknown field under its name, with the nearest known field, if it is strict', async () => {
    const { connect, requestLines } = await startService({ dialect: 'attributes' });
    const client = withOpenTypes(connect({ attributes: strict }));
    const updating = client.psychographic.update(1, { moood: 'calm', own: 1 });
    const { issues } = await expectRejection(PersonaValidationError, updating);
    expect(issues).toEqual([
      { path: ['moood'], message: 'is not known. Did you mean mood?' },
      { path: ['own'], message: 'is not known. Use one of mood' },
    ]);
    const creating = client.personas.create({ name: 'x', psychographic: { moood: 'calm' } });
    const error = await expectRejection(PersonaValidationError, creating);
    expect(error.issues.map(({ path }) => path)).toEqual([['psychographic', 'moood']]);
    expect(requestLines()).toEqual([]);
  });

  it.each(DIALECTS)("leaves fields that it drops to unknownFields: 'refuse', %s", async (dialect) => {
    const { connect, service } = await startService({ dialect });
    const client = withOpenTypes(connect({ attributes: closed, unknownFields: 'refuse', dialect }));
    const updating = client.psychographic.update(1, { petts: 'cat' }); // without the required field `mood`
    const { issues } = await expectRejection(PersonaValidationError, updating);
    expect(issues).toEqual([{ path: ['petts'], message: 'is not known. Did you mean pets?' }]);
    const { issues: others } = await expectRejection(
      PersonaValidationError,
      client.psychographic.update(1, { xyz: 1 }),
    );
    const names = /Use one of (.*)/.exec(others[0]?.message ?? '')?.[1]?.split(', ') ?? [];
    expect(names).toContain('pets');
    expect(new Set(names).size).toBe(names.length);
    expect(service.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
    await client.psychographic.update(1, { interests: ['chess'] });
  });

  it('leaves fields that it drops to the event unknownField, but emits none for fields that it accepts', async () => {
    const { connect } = await startService({ dialect: 'attributes' });
    for (const [attributes, count] of [
      [closed, 1],
      [open, 0],
    ] as const) {
      const client = withOpenTypes(connect({ attributes }));
      const paths: unknown[] = [];
      client.on('unknownField', ({ path }) => paths.push(path));
      await client.psychographic.update(1, { own: 1 });
      expect(paths).toHaveLength(count);
    }
    const client = withOpenTypes(connect({ attributes: open, unknownFields: 'refuse' }));
    await client.psychographic.update(1, { own: 2 });
  });
});

/** A schema of no library, with its own `validate`. */
const own = (validate: (value: object) => unknown): StandardSchema<{ mood?: string }> => ({
  '~standard': { version: 1, vendor: 'own', validate: validate as never },
});
const object = z.object({ mood: z.string(), pets: z.optional(z.string()) });

/** Schemas, and whether each of them knows all fields. */
const SCHEMAS: readonly (readonly [string, knowsAll: boolean, StandardSchema])[] = [
  ['transforms', false, object.transform(({ mood }) => ({ feeling: mood }))],
  ['is optional', false, object.optional()],
  ['is nullable', false, object.nullable()],
  ['is readonly', false, object.readonly()],
  ['has a default', false, object.default({ mood: 'calm' })],
  ['catches errors', false, object.catch({ mood: 'calm' })],
  ['is a pipe', false, object.pipe(object)],
  ['is lazy', false, z.lazy(() => object)],
  ['has a refinement', false, object.refine(() => true)],
  ['is an intersection', false, object.and(z.object({ hobby: z.optional(z.string()) }))],
  ['has a preprocessor', false, z.preprocess((value) => value, object)],
  ['is of zod 3', false, z3.object({ mood: z3.string(), pets: z3.string().optional() })],
  ['drops fields', false, own((value) => ({ value: { mood: Object(value).mood, pets: 'pets' in value } }))],
  ['is loose', true, z.looseObject({ mood: z.string() })],
  ['is loose, of zod 3', true, z3.object({ mood: z3.string() }).passthrough()],
  ['is a record', true, z.record(z.string(), z.string())],
  ['accepts all', true, own((value) => ({ value }))],
  ['needs a copy', true, own((value) => ({ value: structuredClone(value) }))],
  ['is asynchronous', true, own(async (value) => ({ value }))],
];
const connectWith = async (schema: StandardSchema, unknownFields: 'allow' | 'refuse') => {
  const { connect, service } = await startService({ dialect: 'attributes' });
  const attributes = defineAttributes({ psychographic: schema as never });
  return { client: withOpenTypes(connect({ attributes, unknownFields })), service };
};

it.each(SCHEMAS.filter(([, knowsAll]) => knowsAll))(
  'a schema that %s knows all fields',
  async (_, __, schema) => {
    const { client } = await connectWith(schema, 'refuse');
    await client.psychographic.update(1, { mood: 'calm', petts: 'cat' });
    expect(await client.psychographic.update(1, { petts: 'dog' })).toHaveProperty('petts', 'dog');
  },
);

it.each(SCHEMAS.filter(([, knowsAll]) => !knowsAll))(
  'a schema that %s leaves the fields that it does not know to unknownFields',
  async (_, __, schema) => {
    const { client, service } = await connectWith(schema, 'refuse');
    for (const mood of [{ mood: 'calm' }, {}]) {
      const writing = client.psychographic.update(1, { ...mood, petts: 'cat' });
      const { issues } = await expectRejection(PersonaValidationError, writing);
      expect(issues).toEqual([{ path: ['petts'], message: 'is not known. Did you mean pets?' }]);
    }
    expect(service.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
    await client.psychographic.update(1, { mood: 'calm', pets: 'cat', interests: ['chess'] });
    const { client: allowing } = await connectWith(schema, 'allow');
    const paths: unknown[] = [];
    allowing.on('unknownField', ({ path }) => paths.push(path));
    await allowing.psychographic.update(1, { mood: 'calm', petts: 'cat' });
    expect(paths).toEqual([['psychographic', 'petts']]);
  },
);

it.each([
  ['null', null, 'cannot be checked: its schema did not return a Standard Schema result'],
  ['no result', {}, 'cannot be checked: its schema did not return a Standard Schema result'],
  ['true', true, 'cannot be checked: its schema did not return a Standard Schema result'],
  ['issues that are no list', { issues: 'x' }, 'cannot be checked: its schema did not return a'],
  ['no issue', { issues: [] }, 'is rejected by its schema, without a reason'],
  ['an issue that is null', { issues: [null] }, 'is invalid'],
  ['an issue whose message is no text', { issues: [{ message: 1, path: ['mood'] }] }, 'is invalid'],
])('a schema that returns %s is a typed error, and nothing is sent', async (_, result, message) => {
  const { connect, requestLines } = await startService({ dialect: 'attributes' });
  for (const validate of [() => result, async () => result]) {
    const client = withOpenTypes(connect({ attributes: defineAttributes({ psychographic: own(validate) }) }));
    const updating = client.psychographic.update(1, { mood: 'x' });
    const { issues } = await expectRejection(PersonaValidationError, updating);
    expect(issues).toMatchObject([{ message: expect.stringContaining(message) }]);
  }
  expect(requestLines()).toEqual([]);
});

it.each([
  [
    'throws',
    () => {
      throw new TypeError('broken schema');
    },
  ],
  ['rejects', () => Promise.reject(new TypeError('broken schema'))],
  [
    'returns a getter that throws',
    () => ({
      get issues(): [] {
        throw new TypeError('broken schema');
      },
    }),
  ],
])('a schema whose validate %s is a typed error with its cause', async (_, validate) => {
  const { connect, requestLines } = await startService({ dialect: 'attributes' });
  const schema: StandardSchema<{ mood?: string }> = { '~standard': { version: 1, vendor: 'own', validate } };
  const client = withOpenTypes(connect({ attributes: defineAttributes({ psychographic: schema }) }));
  for (const call of [
    () => client.psychographic.update(1, { mood: 'x' }),
    () => client.personas.create({ name: 'x', psychographic: { mood: 'x' } }),
  ]) {
    const error = await expectRejection(PersonaValidationError, call());
    expect(error.message).toContain('the schema of psychographic threw an error, so nothing was sent');
    expect(error).toMatchObject({ code: 'invalid_input', cause: { name: 'TypeError' } });
  }
  expect(requestLines()).toEqual([]);
});
