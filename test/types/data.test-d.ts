import type {
  Behavioral,
  Contextual,
  Demographic,
  DemographicInput,
  Persona,
  PersonaClient,
  PersonaCreate,
  PersonaUpdate,
  Psychographic,
  ResultWithMeta,
} from 'persona-client';
import { describe, expectTypeOf, it } from 'vitest';

declare const client: PersonaClient;

describe('a persona', () => {
  it('has its columns', () => {
    expectTypeOf<Persona['id']>().toEqualTypeOf<number>();
    expectTypeOf<Persona['name']>().toEqualTypeOf<string>();
    expectTypeOf<Persona['created_at']>().toEqualTypeOf<string>();
    expectTypeOf<Persona['updated_at']>().toEqualTypeOf<string>();
    expectTypeOf<Persona['demographic']>().toEqualTypeOf<Demographic | null | undefined>();
    expectTypeOf<Persona['psychographic']>().toEqualTypeOf<Psychographic | null | undefined>();
    expectTypeOf<Persona['behavioral']>().toEqualTypeOf<Behavioral | null | undefined>();
    expectTypeOf<Persona['contextual']>().toEqualTypeOf<Contextual | null | undefined>();
  });

  it('requires a name for a create, and nothing for an update', () => {
    expectTypeOf<{ name: string }>().toExtend<PersonaCreate>();
    expectTypeOf<object>().not.toExtend<PersonaCreate>();
    expectTypeOf<Record<never, never>>().toExtend<PersonaUpdate>();
    expectTypeOf<PersonaUpdate['name']>().toEqualTypeOf<string | undefined>();
  });
});

describe('each category', () => {
  it('has its own type in get', () => {
    expectTypeOf(client.demographic.get).returns.toEqualTypeOf<Promise<Demographic>>();
    expectTypeOf(client.psychographic.get).returns.toEqualTypeOf<Promise<Psychographic>>();
    expectTypeOf(client.behavioral.get).returns.toEqualTypeOf<Promise<Behavioral>>();
    expectTypeOf(client.contextual.get).returns.toEqualTypeOf<Promise<Contextual>>();
  });

  it('has its own types in update', () => {
    expectTypeOf(client.demographic.update).parameter(1).toEqualTypeOf<DemographicInput>();
    expectTypeOf(client.demographic.update).returns.toEqualTypeOf<Promise<Demographic>>();
    expectTypeOf(client.psychographic.update).parameter(1).toEqualTypeOf<Psychographic>();
    expectTypeOf(client.psychographic.update).returns.toEqualTypeOf<Promise<Psychographic>>();
    expectTypeOf(client.behavioral.update).parameter(1).toEqualTypeOf<Behavioral>();
    expectTypeOf(client.behavioral.update).returns.toEqualTypeOf<Promise<Behavioral>>();
    expectTypeOf(client.contextual.update).parameter(1).toEqualTypeOf<Contextual>();
    expectTypeOf(client.contextual.update).returns.toEqualTypeOf<Promise<Contextual>>();
  });

  it('has the same types in withMeta', () => {
    const { withMeta } = client;
    expectTypeOf(withMeta.demographic.get).returns.toEqualTypeOf<Promise<ResultWithMeta<Demographic>>>();
    expectTypeOf(withMeta.demographic.update).returns.toEqualTypeOf<Promise<ResultWithMeta<Demographic>>>();
    expectTypeOf(withMeta.psychographic.get).returns.toEqualTypeOf<Promise<ResultWithMeta<Psychographic>>>();
    expectTypeOf(withMeta.psychographic.update).returns.toEqualTypeOf<
      Promise<ResultWithMeta<Psychographic>>
    >();
    expectTypeOf(withMeta.behavioral.get).returns.toEqualTypeOf<Promise<ResultWithMeta<Behavioral>>>();
    expectTypeOf(withMeta.behavioral.update).returns.toEqualTypeOf<Promise<ResultWithMeta<Behavioral>>>();
    expectTypeOf(withMeta.contextual.get).returns.toEqualTypeOf<Promise<ResultWithMeta<Contextual>>>();
    expectTypeOf(withMeta.contextual.update).returns.toEqualTypeOf<Promise<ResultWithMeta<Contextual>>>();
  });

  it('has no field but the default ones, each with its type', () => {
    expectTypeOf<Psychographic>().not.toHaveProperty('own_field');
    expectTypeOf<Behavioral>().not.toHaveProperty('own_field');
    expectTypeOf<Contextual>().not.toHaveProperty('own_field');
    expectTypeOf<Psychographic['interests']>().toEqualTypeOf<string[] | null | undefined>();
    expectTypeOf<Behavioral['device_usage']>().toEqualTypeOf<
      { [device: string]: string } | null | undefined
    >();
    expectTypeOf<'monsoon'>().not.toExtend<Contextual['season']>();
    expectTypeOf<Demographic['age']>().toEqualTypeOf<number | null | undefined>();
    expectTypeOf<Demographic>().not.toHaveProperty('geolocation');
    expectTypeOf<DemographicInput['geolocation']>().toEqualTypeOf<string | undefined>();
  });
});
