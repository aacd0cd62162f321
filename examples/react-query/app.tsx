import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import type { Persona } from 'persona-client';
import { flattenPages, type PersonaQueries } from 'persona-client/query';
import { type FormEvent, useState } from 'react';

/** Shows a list with a button that loads more, one persona, and a form that renames it. */
export function App({ queries }: { queries: PersonaQueries }) {
  const [selectedId, setSelectedId] = useState<number>();
  const list = useInfiniteQuery({ ...queries.personas.infiniteList({ perPage: 3 }), select: flattenPages });

  if (list.isPending) return <p>Loading…</p>;
  if (list.isError && !list.data) return <p role="alert">{list.error.message}</p>;
  return (
    <main>
      <ul>
        {list.data.map(({ id, name }) => (
          <li key={id}>
            <button type="button" aria-pressed={id === selectedId} onClick={() => setSelectedId(id)}>
              {name}
            </button>
          </li>
        ))}
      </ul>
      {list.hasNextPage && (
        <button type="button" onClick={() => list.fetchNextPage()} disabled={list.isFetchingNextPage}>
          More
        </button>
      )}
      {selectedId !== undefined && <Details key={selectedId} queries={queries} id={selectedId} />}
    </main>
  );
}

function Details({ queries, id }: { queries: PersonaQueries; id: Persona['id'] }) {
  const { data: persona, error } = useQuery(queries.personas.get(id));
  const rename = useMutation(queries.personas.update());
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget).get('name'));
    rename.mutate({ id, data: { name } });
  };

  if (!persona) return <p role={error ? 'alert' : 'status'}>{error?.message ?? 'Loading…'}</p>;
  return (
    <section aria-label="Persona">
      <h1>{persona.name}</h1>
      <p>{persona.demographic?.city ?? 'Unknown city'}</p>
      <form onSubmit={submit}>
        <label>
          Name <input name="name" defaultValue={persona.name} />
        </label>
        <button type="submit" disabled={rename.isPending}>
          Rename
        </button>
      </form>
      {rename.isError && <p role="alert">{rename.error.message}</p>}
    </section>
  );
}
