import * as z from 'zod/mini';
import type { RequestOptions } from '../../config/options.js';
import type { Dialect } from '../../core/service-profile.js';
import type { Endpoint } from '../../pipeline/endpoint.js';

import { type Persona, type PersonaListWire, personaList } from '../../schemas/persona.js';
import { once, optional, whole } from '../../schemas/rules.js';
import { LISTS } from '../cache-tags.js';
import { getPersona } from './get.js';

/** Which page of the list. */
export interface ListQuery {
  /** From 1. @default 1 */
  page?: number | undefined;
  /** 1 to 1000. @default 20 */
  perPage?: number | undefined;
}

/** One page of the list. */
export interface PersonaPage<P = Persona> {
  readonly items: P[];
  /** How many personas there are in all. */
  readonly total: number;
  readonly page: number;
  /** Rows per page as the service counts them, which may be fewer than asked for. */
  readonly perPage: number;
  /** How many pages there are in all. */
  readonly pages: number;
  /** The page after this one; `undefined` after the last. */
  nextPage(options?: RequestOptions<PersonaPage<P>>): Promise<PersonaPage<P> | undefined>;
}

export const listPersonas: () => Endpoint<ListQuery, PersonaListWire, PersonaPage> = once(() => ({
  name: 'personas.list',
  input: optional({ page: whole(1), perPage: whole(1, 1000) }),
  route: {
    method: 'GET',
    path: () => '/personas',
    query: ({ page = 1, perPage = 20 }) => ({ page, per_page: perPage }),
  },
  responseSchema: personaList(),
  redact: ({ personas }, redact) => {
    for (const persona of personas) redact(persona);
  },
  cacheTags: () => [LISTS],
  primes: ({ personas }, _query, prime) => {
    for (const persona of personas) prime(getPersona(), { id: persona.id }, persona);
  },
  transform: ({ personas, total, page, per_page }, _query, run) => {
    const pages = Math.ceil(total / per_page);
    return {
      items: personas,
      total,
      page,
      perPage: per_page,
      pages,
      nextPage: async (options) =>
        page < pages ? run(listPersonas(), { page: page + 1, perPage: per_page }, options) : undefined,
    };
  },
}));

/** The one request that tells the dialects apart (wire contract: only `attributes` counts pages). */
export const probeDialect: () => Endpoint<object, object, Dialect> = once(() => ({
  name: 'dialect.probe',
  internal: true,
  input: z.object({}),
  route: { method: 'GET', path: () => '/personas', query: () => ({ page: 1, per_page: 1 }) },
  responseSchema: z.looseObject({ personas: z.array(z.unknown()) }),
  transform: (list) => ('pages' in list ? 'attributes' : 'subresource'),
}));
