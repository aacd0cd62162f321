import { QueryClient, QueryObserver } from '@tanstack/query-core';
import {
  queryOptions,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useSuspenseQuery,
} from '@tanstack/react-query';
import {
  defineAttributes,
  type Persona,
  PersonaClient,
  type PersonaClientLike,
  type Psychographic,
} from 'persona-client';
import {
  flattenPages,
  type PersonaListPage,
  type PersonaQueries,
  personaQueries,
} from 'persona-client/query';
import { describe, expectTypeOf, it } from 'vitest';
import * as z from 'zod/mini';

declare const client: PersonaClient;
declare const like: PersonaClientLike;
const queries = personaQueries(client);
const cache = new QueryClient();

it('personaQueries accepts PersonaClientLike', () => {
  expectTypeOf(personaQueries(like)).toExtend<typeof queries>();
  expectTypeOf(personaQueries(like).personas).toEqualTypeOf(queries.personas);
  expectTypeOf(personaQueries(like).psychographic).toEqualTypeOf(queries.psychographic);
});

it('personaQueries returns the data type for options and for keys', () => {
  expectTypeOf(cache.fetchQuery(queries.personas.get(1))).resolves.toEqualTypeOf<Persona>();
  expectTypeOf(cache.getQueryData(queries.personas.get(1).queryKey)).toEqualTypeOf<Persona | undefined>();
  expectTypeOf(cache.getQueryData(queries.psychographic.get(1).queryKey)).toEqualTypeOf<
    Psychographic | undefined
  >();
  const observer = new QueryObserver(cache, queries.personas.list());
  expectTypeOf(observer.getCurrentResult().data).toEqualTypeOf<PersonaListPage | undefined>();
  // @ts-expect-error a page is plain data and has no nextPage
  void observer.getCurrentResult().data?.nextPage;
});

it('query and mutation options are assignable to the hooks of TanStack Query', () => {
  expectTypeOf(useQuery(queries.personas.get(1)).data).toEqualTypeOf<Persona | undefined>();
  expectTypeOf(useQuery(queryOptions(queries.personas.get(1))).data).toEqualTypeOf<Persona | undefined>();
  expectTypeOf(useQuery({ ...queries.personas.get(1), staleTime: 1 }).data).toEqualTypeOf<
    Persona | undefined
  >();
  expectTypeOf(useSuspenseQuery(queries.personas.get(1)).data).toEqualTypeOf<Persona>();
  const list = useInfiniteQuery({ ...queries.personas.infiniteList(), select: flattenPages });
  expectTypeOf(list.data).toEqualTypeOf<Persona[] | undefined>();
  const { mutate } = useMutation(queries.psychographic.update());
  mutate({ id: 1, data: { interests: ['music'] } });
  // @ts-expect-error a list of strings
  mutate({ id: 1, data: { interests: 'music' } });
  // @ts-expect-error a name is required
  useMutation(queries.personas.create()).mutate({});
  useMutation(queries.personas.delete()).mutate(1);
});

describe('fields of defineAttributes', () => {
  const attributes = defineAttributes({
    psychographic: z.object({ mood: z.enum(['calm', 'busy']), pets: z.optional(z.array(z.string())) }),
  });
  const own = new PersonaClient({ attributes });
  const typed = personaQueries(own);
  type Mood = 'calm' | 'busy' | null | undefined;

  it('are typed in queries for personas, pages and categories', () => {
    expectTypeOf(useQuery(typed.personas.get(1)).data?.psychographic?.mood).toEqualTypeOf<Mood>();
    expectTypeOf(useQuery(typed.psychographic.get(1)).data?.mood).toEqualTypeOf<Mood>();
    expectTypeOf(useQuery(typed.personas.list()).data?.items[0]?.psychographic?.mood).toEqualTypeOf<Mood>();
    const list = useInfiniteQuery({ ...typed.personas.infiniteList(), select: flattenPages });
    expectTypeOf(list.data?.[0]?.psychographic?.mood).toEqualTypeOf<Mood>();
    const cached = cache.getQueryData(typed.personas.get(1).queryKey);
    expectTypeOf(cached?.psychographic?.mood).toEqualTypeOf<Mood>();
  });

  it('are typed in mutations as in the client', () => {
    const { mutate: create } = useMutation(typed.personas.create());
    create({ name: 'Ada', psychographic: { mood: 'calm', lifestyle: 'slow' } });
    // @ts-expect-error misspelled `pets`
    create({ name: 'Ada', psychographic: { mood: 'calm', petz: [] } });
    // @ts-expect-error `mood` is required
    create({ name: 'Ada', psychographic: { pets: [] } });
    const { mutate: update } = useMutation(typed.personas.update());
    update({ id: 1, data: { psychographic: { pets: ['cat'] } } });
    // @ts-expect-error not one of the options
    update({ id: 1, data: { psychographic: { mood: 'angry' } } });
    const { mutate, data } = useMutation(typed.psychographic.update());
    mutate({ id: 1, data: { mood: 'busy' } });
    // @ts-expect-error a list of strings
    mutate({ id: 1, data: { pets: 'cat' } });
    expectTypeOf(data?.mood).toEqualTypeOf<Mood>();
  });

  it('do not change other types', () => {
    expectTypeOf(typed.behavioral.get).toEqualTypeOf(queries.behavioral.get);
    expectTypeOf(typed.demographic).toEqualTypeOf(queries.demographic);
    expectTypeOf(typed.keys).toEqualTypeOf(queries.keys);
  });

  it('also work with a view', () => {
    const view = personaQueries(own.as({ token: 'x' }));
    expectTypeOf(useQuery(view.psychographic.get(1)).data?.mood).toEqualTypeOf<Mood>();
  });

  it('stay assignable to PersonaQueries without custom fields', () => {
    expectTypeOf(typed).toExtend<PersonaQueries>();
    expectTypeOf(queries).toExtend<PersonaQueries>();
    const useMood = (ownQueries: PersonaQueries<typeof own>) =>
      useQuery(ownQueries.psychographic.get(1)).data?.mood;
    expectTypeOf(useMood).returns.toEqualTypeOf<Mood>();
  });
});
