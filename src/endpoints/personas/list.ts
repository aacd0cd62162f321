import * as z from 'zod/mini';
import { LISTS } from '../../cache/tags.js';
import type { RequestOptions } from '../../config/request-options.js';
import type { Dialect } from '../../core/dialect.js';
import type { Endpoint } from '../../pipeline/endpoint.js';
import { objectWith, openObject, partialObject } from '../../schemas/objects.js';
import { once } from '../../schemas/once.js';
import { type Persona, type PersonaListWire, personaListSchema } from '../../schemas/persona.js';
import { integer } from '../../schemas/validators.js';
import { type CachedReadDefinition, defineCachedRead } from '../define-endpoint.js';
import { getPersona } from './get.js';

/** Selects a page of the list. */
export interface ListQuery {
  /** Page number, from 1. @default 1 */
  page?: number | undefined;
  /** Rows per page, 1 to 1000. @default 20 */
  perPage?: number | undefined;
}

/**
 * One page of the list. Plain data, except for the method `nextPage`, which is not enumerable: copies of the page lack it.
 * `structuredClone` and `postMessage` accept a page.
 */
export interface PersonaPage<P = Persona> {
  /** The personas of this page, most recently updated first. */
  readonly items: P[];
  /** The number of personas on all pages. */
  readonly total: number;
  /** The number of this page. The first page is 1. */
  readonly page: number;
  /** The page size that the service used. It can be smaller than the requested one. */
  readonly perPage: number;
  /** The number of pages. If `total` is too low for this page and the page is full: its number plus 1. */
  readonly pages: number;
  /**
   * Fetches the next page. Resolves with `undefined` after the last page. The total of some services is too low, so a full page that
   * reaches the total may not be the last one. Then this method sends a request to find out.
   */
  nextPage(options?: RequestOptions<PersonaPage<P>>): Promise<PersonaPage<P> | undefined>;
}

export const listPersonas = defineCachedRead(
  'personas.list',
  (): CachedReadDefinition<ListQuery, PersonaListWire, PersonaPage> => ({
    inputSchema: partialObject({ page: () => integer(1), perPage: () => integer(1, 1000) }),
    route: {
      method: 'GET',
      path: () => '/personas',
      query: ({ page = 1, perPage = 20 }) => ({ page, per_page: perPage }),
    },
    responseSchema: personaListSchema(),
    visitData: ({ personas }, visit) => {
      for (const persona of personas) visit(persona);
    },
    cacheTags: () => [LISTS],
    primes: ({ personas }, _query, prime) => {
      for (const persona of personas) prime(getPersona(), { id: persona.id }, persona);
    },
    transform: ({ personas, total, page, per_page }, _query, run) => {
      // The rule of `isLastPage`, whose file loads later.
      const isFull = personas.length >= per_page;
      const hasCountedRowsAfter = page * per_page < total;
      const pages = isFull && page * per_page > total ? page + 1 : Math.ceil(total / per_page);
      const nextPage: PersonaPage['nextPage'] = async (options) => {
        if (!isFull && !hasCountedRowsAfter) return undefined;
        const next = await run(listPersonas(), { page: page + 1, perPage: per_page }, options);
        const [first] = next.items;
        const isNew = first && first.id !== personas[0]?.id; // some services repeat the last page
        return isNew || hasCountedRowsAfter ? next : undefined;
      };
      const data = { items: personas, total, page, perPage: per_page, pages };
      // Not enumerable, so that the page can be cloned: `structuredClone`, `postMessage`, IndexedDB.
      return Object.defineProperty(data as PersonaPage, 'nextPage', {
        value: nextPage,
        writable: true, // otherwise, a Proxy could not replace the function
        configurable: true,
      });
    },
  }),
);

/** Detects the dialect: only services of the `attributes` dialect return `pages`. */
export const probeDialect: () => Endpoint<object, object, Dialect> = once(() => ({
  name: 'dialect.probe',
  internal: true,
  inputSchema: objectWith({}),
  route: { method: 'GET', path: () => '/personas', query: () => ({ page: 1, per_page: 1 }) },
  responseSchema: openObject({ personas: () => z.custom<unknown[]>(Array.isArray), per_page: z.number }),
  transform: (list) => ('pages' in list ? 'attributes' : 'subresource'),
}));
