import { QueryClient, QueryObserver } from '@tanstack/query-core';
import {
  queryOptions,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useSuspenseQuery,
} from '@tanstack/react-query';
import type { Persona, PersonaClient, PersonaClientLike, Psychographic } from 'persona-client';
import { type PersonaListPage, personaQueries, personasIn } from 'persona-client/query';
import { expectTypeOf, it } from 'vitest';

declare const client: PersonaClient;
declare const like: PersonaClientLike;
const queries = personaQueries(client);
const cache = new QueryClient();

it('takes a client, whatever its class', () => {
  expectTypeOf(personaQueries(like)).toEqualTypeOf(queries);
});

it('data has its type, by options and by key', () => {
  expectTypeOf(cache.fetchQuery(queries.personas.get(1))).resolves.toEqualTypeOf<Persona>();
  expectTypeOf(cache.getQueryData(queries.personas.get(1).queryKey)).toEqualTypeOf<Persona | undefined>();
  expectTypeOf(cache.getQueryData(queries.psychographic.get(1).queryKey)).toEqualTypeOf<
    Psychographic | undefined
  >();
  const observer = new QueryObserver(cache, queries.personas.list());
  expectTypeOf(observer.getCurrentResult().data).toEqualTypeOf<PersonaListPage | undefined>();
  // @ts-expect-error a page of a list has no way to the next: it is plain data
  void observer.getCurrentResult().data?.nextPage;
});

it('fits the hooks', () => {
  expectTypeOf(useQuery(queries.personas.get(1)).data).toEqualTypeOf<Persona | undefined>();
  expectTypeOf(useQuery(queryOptions(queries.personas.get(1))).data).toEqualTypeOf<Persona | undefined>();
  expectTypeOf(useQuery({ ...queries.personas.get(1), staleTime: 1 }).data).toEqualTypeOf<
    Persona | undefined
  >();
  expectTypeOf(useSuspenseQuery(queries.personas.get(1)).data).toEqualTypeOf<Persona>();
  const list = useInfiniteQuery({ ...queries.personas.infiniteList(), select: personasIn });
  expectTypeOf(list.data).toEqualTypeOf<Persona[] | undefined>();
  const { mutate } = useMutation(queries.psychographic.update());
  mutate({ id: 1, data: { interests: ['music'] } });
  // @ts-expect-error a list of strings
  mutate({ id: 1, data: { interests: 'music' } });
  // @ts-expect-error a name is needed
  useMutation(queries.personas.create()).mutate({});
  useMutation(queries.personas.delete()).mutate(1);
});
