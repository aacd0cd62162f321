import {
  type ClientOptions,
  defineAttributes,
  type JsonValue,
  type Persona,
  PersonaClient,
  type PersonaClientLike,
  type PersonaPage,
  type Psychographic,
  type ResultWithMeta,
  type StandardSchema,
} from 'persona-client';
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

  it('are combined with default fields and unknown fields', async () => {
    const data = await client.psychographic.get(1);
    expectTypeOf(data.lifestyle).toEqualTypeOf<string | null | undefined>();
    expectTypeOf(data.own_field).toEqualTypeOf<JsonValue | undefined>();
    await client.psychographic.update(1, { own_field: [1, { deep: true }] });
  });

  it('are required in a create and optional in an update', () => {
    client.personas.create({ name: 'x', psychographic: { mood: 'calm', interests: [], schema: 1 } });
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

  it('also work with fromEnv', async () => {
    const { mood } = await PersonaClient.fromEnv({ attributes }).psychographic.get(1);
    expectTypeOf(mood).toEqualTypeOf<'calm' | 'busy' | null | undefined>();
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
