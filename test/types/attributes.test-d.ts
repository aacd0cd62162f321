import {
  type AnyAttributes,
  type ClientOptions,
  type Contextual,
  defineAttributes,
  type JsonValue,
  type OpenAttributes,
  type Persona,
  PersonaClient,
  type PersonaClientLike,
  type PersonaPage,
  type Psychographic,
  type ResultWithMeta,
  type StandardSchema,
} from 'persona-client';
import { createMany, createPrivacy, deleteMany, updateMany } from 'persona-client/collections';
import { createPersonaMcpServer } from 'persona-client/mcp';
import { personaQueries } from 'persona-client/query';
import { describe, expectTypeOf, it } from 'vitest';
import * as z from 'zod';
import * as mini from 'zod/mini';

const attributes = defineAttributes({
  psychographic: z.object({
    mood: z.enum(['calm', 'busy']),
    hobbies: z.optional(z.array(z.string())),
    interests: z.array(z.string()),
  }),
});
declare const url: string;
const client = new PersonaClient({ baseUrl: url, attributes });

describe('custom fields', () => {
  it('are optional and nullable in responses', async () => {
    const { psychographic } = await client.personas.get(1);
    expectTypeOf(psychographic?.mood).toEqualTypeOf<'calm' | 'busy' | null | undefined>();
    expectTypeOf(psychographic?.hobbies).toEqualTypeOf<string[] | null | undefined>();
    expectTypeOf((await client.psychographic.get(1)).mood).toEqualTypeOf<
      'calm' | 'busy' | null | undefined
    >();
    const page = await client.personas.list();
    expectTypeOf(page.items[0]?.psychographic?.mood).toEqualTypeOf<'calm' | 'busy' | null | undefined>();
    const next = await page.nextPage();
    expectTypeOf(next?.items[0]?.psychographic?.mood).toEqualTypeOf<'calm' | 'busy' | null | undefined>();
    for await (const each of client.personas.iterate())
      expectTypeOf(each.psychographic?.mood).toEqualTypeOf<'calm' | 'busy' | null | undefined>();
    const { data } = await client.withMeta.personas.get(1);
    expectTypeOf(data.psychographic?.mood).toEqualTypeOf<'calm' | 'busy' | null | undefined>();
    expectTypeOf(data.id).toEqualTypeOf<number>();
  });

  it('are combined with default fields', async () => {
    const data = await client.psychographic.get(1);
    expectTypeOf(data.lifestyle).toEqualTypeOf<string | null | undefined>();
    await client.psychographic.update(1, { mood: 'busy', lifestyle: 'calm' });
    // @ts-expect-error misspelled `mood`
    void data.moood;
    // @ts-expect-error misspelled `lifestyle`
    void (await client.personas.get(1)).psychographic?.lifestile;
    // @ts-expect-error misspelled `hobbies`
    client.psychographic.update(1, { hobies: ['chess'] });
    // @ts-expect-error misspelled `hobbies`
    client.personas.update(1, { psychographic: { hobies: ['chess'] } });
    // @ts-expect-error misspelled `hobbies`
    client.personas.create({ name: 'x', psychographic: { mood: 'calm', interests: [], hobies: ['chess'] } });
  });

  it('are required in a create and optional in an update', () => {
    client.personas.create({ name: 'x', psychographic: { mood: 'calm', interests: [] } });
    client.personas.create({ name: 'x' });
    // @ts-expect-error `interests` is required
    client.personas.create({ name: 'x', psychographic: { mood: 'calm' } });
    // @ts-expect-error not one of the options
    client.personas.create({ name: 'x', psychographic: { mood: 'angry', interests: [] } });
    client.personas.update(1, { psychographic: { mood: 'busy' } });
    client.personas.update(1, { psychographic: { mood: null } });
    // @ts-expect-error not one of the options
    client.personas.update(1, { psychographic: { mood: 'angry' } });
    client.psychographic.update(1, { hobbies: ['chess'] });
    // @ts-expect-error a list of strings
    client.psychographic.update(1, { hobbies: [1] });
  });

  it('do not change other categories', async () => {
    expectTypeOf(client.behavioral).toEqualTypeOf<PersonaClient['behavioral']>();
    expectTypeOf(client.demographic).toEqualTypeOf<PersonaClient['demographic']>();
    expectTypeOf((await client.personas.get(1)).contextual).toEqualTypeOf<Persona['contextual']>();
  });

  it('can be written as they were read', () => {
    expectTypeOf(client.psychographic.get).returns.resolves.toExtend<
      Parameters<typeof client.psychographic.update>[1]
    >();
    expectTypeOf(client.personas.get).returns.resolves.toExtend<
      Parameters<typeof client.personas.update>[1]
    >();
  });

  it('keep the client assignable to PersonaClientLike', () => {
    expectTypeOf(client).toExtend<PersonaClientLike>();
    expectTypeOf(client).toExtend<Pick<PersonaClientLike, 'personas' | 'psychographic'>>();
  });

  it('of another type than the default fields keep the client assignable to PersonaClientLike<AnyAttributes>', () => {
    const redefined = new PersonaClient({
      attributes: defineAttributes({
        psychographic: z.object({ lifestyle: z.array(z.number()) }),
        contextual: z.object({ season: z.enum(['dry', 'wet']), mood: z.string() }),
      }),
    });
    expectTypeOf(redefined).not.toExtend<PersonaClientLike>();
    expectTypeOf(redefined).toExtend<PersonaClientLike<AnyAttributes>>();
    expectTypeOf<PersonaClient>().toExtend<PersonaClientLike<AnyAttributes>>();
    expectTypeOf<PersonaClient<OpenAttributes>>().toExtend<PersonaClientLike<AnyAttributes>>();
    expectTypeOf<PersonaClient<OpenAttributes>>().toExtend<PersonaClientLike>();
    personaQueries(redefined);
    createPrivacy(redefined);
    createPersonaMcpServer({ client: redefined });
    deleteMany(redefined, [1]);
  });

  it('have the types of the client in bulk operations', async () => {
    for await (const result of createMany(client, [
      { name: 'x', psychographic: { mood: 'calm', interests: [] } },
    ]))
      if (result.ok)
        expectTypeOf(result.value?.psychographic?.mood).toEqualTypeOf<'calm' | 'busy' | null | undefined>();
    updateMany(client, [{ id: 1, data: { psychographic: { mood: 'calm' } } }]);
    // @ts-expect-error not one of the options
    createMany(client, [{ name: 'x', psychographic: { mood: 'angry', interests: [] } }]);
    // @ts-expect-error misspelled `mood`
    updateMany(client, [{ id: 1, data: { psychographic: { moood: 'calm' } } }]);
  });

  it('also work with fromEnv', async () => {
    const { mood } = await PersonaClient.fromEnv({ attributes }).psychographic.get(1);
    expectTypeOf(mood).toEqualTypeOf<'calm' | 'busy' | null | undefined>();
  });
});

describe('without default fields', () => {
  const strict = new PersonaClient({
    attributes: defineAttributes(
      { psychographic: z.strictObject({ mood: z.enum(['calm', 'busy']) }) },
      { defaultFields: false },
    ),
  });

  it('a category has only the fields of its schema', async () => {
    const data = await strict.psychographic.get(1);
    expectTypeOf(data).toEqualTypeOf<{ mood?: 'calm' | 'busy' | null }>();
    // @ts-expect-error a default field
    void data.lifestyle;
    await strict.psychographic.update(1, { mood: 'busy' });
    // @ts-expect-error a default field
    await strict.psychographic.update(1, { lifestyle: 'calm' });
    // @ts-expect-error a default field
    await strict.personas.create({ name: 'x', psychographic: { mood: 'calm', lifestyle: 'calm' } });
    // @ts-expect-error a default field
    updateMany(strict, [{ id: 1, data: { psychographic: { lifestyle: 'calm' } } }]);
  });

  it('other categories keep their default fields', async () => {
    expectTypeOf(strict.behavioral).toEqualTypeOf<PersonaClient['behavioral']>();
  });

  it('the client is assignable to PersonaClientLike<AnyAttributes>', () => {
    expectTypeOf(strict).toExtend<PersonaClientLike<AnyAttributes>>();
    personaQueries(strict);
    createPrivacy(strict);
    createPersonaMcpServer({ client: strict });
    deleteMany(strict, [1]);
  });

  it('a misspelled or invalid option is a compile error', () => {
    // @ts-expect-error misspelled
    defineAttributes({}, { defaultField: false });
  });
});

describe('the types of a category are open', () => {
  const looseSchema = new PersonaClient({
    attributes: defineAttributes({ psychographic: z.looseObject({ mood: z.string() }) }),
  });
  const record = new PersonaClient({
    attributes: defineAttributes({ psychographic: z.record(z.string(), z.json()) }),
  });
  const open = new PersonaClient<OpenAttributes>({ baseUrl: url });

  it('if its schema allows unknown fields', async () => {
    await looseSchema.psychographic.update(1, { mood: 'calm', own_field: [1, { deep: true }] });
    expectTypeOf((await looseSchema.psychographic.get(1)).own_field).toEqualTypeOf<JsonValue | undefined>();
    expectTypeOf((await looseSchema.psychographic.get(1)).mood).toEqualTypeOf<string | null | undefined>();
    expectTypeOf((await record.psychographic.get(1)).own_field).toEqualTypeOf<JsonValue | undefined>();
    // @ts-expect-error the schema of another category
    await looseSchema.behavioral.update(1, { own_field: 1 });
    // @ts-expect-error a text
    await looseSchema.psychographic.update(1, { mood: 1 });
  });

  it('with OpenAttributes, in reads and writes', async () => {
    expectTypeOf((await open.personas.get(1)).behavioral?.own_field).toEqualTypeOf<JsonValue | undefined>();
    expectTypeOf((await open.contextual.get(1)).season).toEqualTypeOf<Contextual['season']>();
    await open.psychographic.update(1, { own_field: { deep: [1] } });
    await open.personas.create({ name: 'x', contextual: { own_field: 1 } });
    await open.personas.update(1, { contextual: { own_field: 1, season: 'fall' } });
    createMany(open, [{ name: 'x', behavioral: { own_field: 1 } }]);
    // @ts-expect-error a function is not JSON
    await open.psychographic.update(1, { own_field: () => 1 });
    // @ts-expect-error demographic has fixed fields
    await open.demographic.update(1, { own_field: 1 });
    const one = new PersonaClient<Pick<OpenAttributes, 'behavioral'>>();
    await one.behavioral.update(1, { own_field: 1 });
    // @ts-expect-error only behavioral is open
    await one.psychographic.update(1, { own_field: 1 });
  });

  it('and can be written as they were read', () => {
    expectTypeOf(open.psychographic.get).returns.resolves.toExtend<
      Parameters<typeof open.psychographic.update>[1]
    >();
    expectTypeOf(open.personas.get).returns.resolves.toExtend<Parameters<typeof open.personas.update>[1]>();
  });
});

describe('schemas', () => {
  it('can come from any Standard Schema library', async () => {
    const miniAttributes = defineAttributes({
      contextual: mini.looseObject({ season: mini.literal('wet') }),
    });
    const { season, other } = await new PersonaClient({ attributes: miniAttributes }).contextual.get(1);
    expectTypeOf(season).toEqualTypeOf<'wet' | null | undefined>();
    expectTypeOf(other).toEqualTypeOf<JsonValue | undefined>();
    const schema = {} as StandardSchema<{ level: number }>;
    const { level } = await new PersonaClient({
      attributes: defineAttributes({ behavioral: schema }),
    }).behavioral.get(1);
    expectTypeOf(level).toEqualTypeOf<number | null | undefined>();
  });

  it('are limited to the three categories with custom fields', () => {
    // @ts-expect-error demographic has fixed columns
    defineAttributes({ demographic: z.object({}) });
    // @ts-expect-error a category is an object of fields
    defineAttributes({ contextual: z.string() });
    // @ts-expect-error not a schema
    defineAttributes({ contextual: { season: 'string' } });
  });
});

describe('without custom fields', () => {
  it('the types are unchanged', () => {
    expectTypeOf(new PersonaClient()).toEqualTypeOf<PersonaClient>();
    expectTypeOf(new PersonaClient({ baseUrl: url })).toEqualTypeOf<PersonaClient>();
    expectTypeOf(new PersonaClient({} as ClientOptions)).toEqualTypeOf<PersonaClient>();
    expectTypeOf<PersonaClient['personas']['get']>().returns.toEqualTypeOf<Promise<Persona>>();
    expectTypeOf<PersonaClient['personas']['list']>().returns.toEqualTypeOf<Promise<PersonaPage>>();
    expectTypeOf<PersonaClient['psychographic']['get']>().returns.toEqualTypeOf<Promise<Psychographic>>();
    expectTypeOf<PersonaClient['withMeta']['psychographic']['get']>().returns.toEqualTypeOf<
      Promise<ResultWithMeta<Psychographic>>
    >();
  });
});
