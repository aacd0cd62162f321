/** @jsxImportSource hono/jsx */
import type { CallMeta, Persona, PersonaPage } from 'persona-client';
import { Avatar, StaleNotice } from './parts.js';

const INTERESTS_SHOWN = 3;

export const ListPage = ({ found, meta }: { found: PersonaPage; meta: CallMeta }) => (
  <>
    <StaleNotice meta={meta} />
    <div class="heading">
      <h1>Personas</h1>
      <p class="muted">
        {found.total === 0 ? 'Nobody yet.' : `${found.total} in all, the latest change first.`}
      </p>
    </div>
    <Cards personas={found.items} />
    <Pagination found={found} />
  </>
);

export const Cards = ({ personas }: { personas: readonly Persona[] }) => (
  <ul class="cards">
    {personas.map((persona) => (
      <Card persona={persona} />
    ))}
  </ul>
);

const Card = ({ persona }: { persona: Persona }) => {
  const { age, occupation, city, country } = persona.demographic ?? {};
  const who = [occupation, age && `${age}`].filter(Boolean).join(', ');
  const where = [city, country].filter(Boolean).join(', ');
  const interests = persona.psychographic?.interests?.slice(0, INTERESTS_SHOWN) ?? [];
  return (
    <li class="card">
      <Avatar persona={persona} />
      <div>
        <h2>
          <a href={`/personas/${persona.id}`}>{persona.name}</a>
        </h2>
        <p class="muted">{who || 'Nothing known'}</p>
        {where && <p class="muted">{where}</p>}
        {interests.length > 0 && (
          <ul class="chips" aria-label="Interests">
            {interests.map((interest) => (
              <li>{interest}</li>
            ))}
          </ul>
        )}
      </div>
    </li>
  );
};

const Pagination = ({ found: { page, pages, perPage } }: { found: PersonaPage }) => {
  if (pages < 2 && page === 1) return null;
  const to = (number: number) => `/personas?page=${number}&per_page=${perPage}`;
  return (
    <nav class="pages" aria-label="Pages">
      {page > 1 && (
        <a class="button" rel="prev" href={to(Math.min(page - 1, Math.max(pages, 1)))}>
          Previous
        </a>
      )}
      <ol>
        {neighbours(page, pages).map((number) => (
          <li>
            <a
              href={to(number)}
              aria-label={`Page ${number}`}
              aria-current={number === page ? 'page' : undefined}
            >
              {number}
            </a>
          </li>
        ))}
      </ol>
      {page < pages && (
        <a class="button" rel="next" href={to(page + 1)}>
          Next
        </a>
      )}
    </nav>
  );
};

/** The first page, the last, and those around this one. */
const neighbours = (page: number, pages: number): number[] =>
  Array.from({ length: pages }, (_, index) => index + 1).filter(
    (number) => number === 1 || number === pages || Math.abs(number - page) <= 2,
  );
