/** @jsxImportSource hono/jsx */
import type { CallMeta, Persona, PersonaPage } from 'persona-client';
import { Avatar, StaleNotice } from './shared.js';

const MAX_INTERESTS = 3;

export const ListPage = ({ personaPage, meta }: { personaPage: PersonaPage; meta: CallMeta }) => (
  <>
    <StaleNotice meta={meta} />
    <div class="heading">
      <h1>Personas</h1>
      <p class="muted">
        {personaPage.total === 0 ? 'Nobody yet.' : `${personaPage.total} in all, the latest change first.`}
      </p>
    </div>
    <Cards personas={personaPage.items} />
    <Pagination personaPage={personaPage} />
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
  const summary = [occupation, age && `${age}`].filter(Boolean).join(', ');
  const location = [city, country].filter(Boolean).join(', ');
  const interests = persona.psychographic?.interests?.slice(0, MAX_INTERESTS) ?? [];
  return (
    <li class="card">
      <Avatar persona={persona} />
      <div>
        <h2>
          <a href={`/personas/${persona.id}`}>{persona.name}</a>
        </h2>
        <p class="muted">{summary || 'Nothing known'}</p>
        {location && <p class="muted">{location}</p>}
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

const Pagination = ({ personaPage: { page, pages, perPage } }: { personaPage: PersonaPage }) => {
  if (pages < 2 && page === 1) return null;
  const pageUrl = (number: number) => `/personas?page=${number}&per_page=${perPage}`;
  return (
    <nav class="pages" aria-label="Pages">
      {page > 1 && (
        <a class="button" rel="prev" href={pageUrl(Math.min(page - 1, Math.max(pages, 1)))}>
          Previous
        </a>
      )}
      <ol>
        {visiblePages(page, pages).map((number) => (
          <li>
            <a
              href={pageUrl(number)}
              aria-label={`Page ${number}`}
              aria-current={number === page ? 'page' : undefined}
            >
              {number}
            </a>
          </li>
        ))}
      </ol>
      {page < pages && (
        <a class="button" rel="next" href={pageUrl(page + 1)}>
          Next
        </a>
      )}
    </nav>
  );
};

/** Page numbers to show: the first, the last, and the neighbors of the current page. */
const visiblePages = (page: number, pages: number): number[] =>
  Array.from({ length: pages }, (_, index) => index + 1).filter(
    (number) => number === 1 || number === pages || Math.abs(number - page) <= 2,
  );
