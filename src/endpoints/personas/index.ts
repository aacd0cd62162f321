import * as z from 'zod/mini';
import type {
  CustomAttributes,
  CustomPersona,
  CustomPersonaCreate,
  CustomPersonaUpdate,
} from '../../config/define-attributes.js';
import type { RequestOptions } from '../../config/options.js';
import type { Endpoint, Run } from '../../pipeline/endpoint.js';
import type { AttributeValues } from '../../schemas/field-config.js';
import {
  type Persona,
  type PersonaCreate,
  type PersonaUpdate,
  persona,
  personaCreate,
  personaId,
  personaUpdate,
} from '../../schemas/persona.js';
import { once } from '../../schemas/rules.js';
import { LISTS, personaTag } from '../cache-tags.js';
import { path } from '../path.js';
import { getPersona, redactPersona, type WithId } from './get.js';
import {
  gather,
  type IterateOptions,
  iteratePersonas,
  type PersonaIterator,
  type ToArrayOptions,
} from './iterate.js';
import { type ListQuery, listPersonas, type PersonaPage } from './list.js';

type Data = PersonaCreate | PersonaUpdate;

const attributesOf = ({ data }: { data: Data }): AttributeValues[] =>
  (['psychographic', 'behavioral', 'contextual'] as const).map((category) => ({
    category,
    values: data[category],
    path: [category],
  }));

const partsOf = ({ data }: { data: Data }) =>
  Object.entries(data).flatMap(([part, value]) => (part === 'name' || value === undefined ? [] : [part]));

const createPersona: () => Endpoint<{ data: PersonaCreate }, Persona, Persona> = once(() => ({
  name: 'personas.create',
  input: z.object({ data: personaCreate() }),
  route: { method: 'POST', path: () => '/personas', body: ({ data }) => data },
  touchedFields: partsOf,
  attributes: attributesOf,
  responseSchema: persona(),
  redact: redactPersona,
  invalidates: () => [LISTS],
  primes: (created, _input, prime) => prime(getPersona(), { id: created.id }, created),
  reconciliation: {
    queueKey: ({ data }) => data.name,
    id: ({ id }) => id,
    createSearch: async () => (await import('./created-search.js')).createSearch(listPersonas()),
  },
  transform: (created) => created,
}));

const updatePersona: () => Endpoint<WithId & { data: PersonaUpdate }, Persona, Persona> = once(() => ({
  name: 'personas.update',
  input: z.object({ id: personaId(), data: personaUpdate() }),
  route: { method: 'PUT', path: ({ id }) => path`/personas/${id}`, body: ({ data }) => data },
  persona: ({ id }) => id,
  touchedFields: partsOf,
  attributes: attributesOf,
  responseSchema: persona(),
  redact: redactPersona,
  invalidates: ({ id }) => [LISTS, personaTag(id)],
  primes: (updated, { id }, prime) => prime(getPersona(), { id }, updated),
  transform: (updated) => updated,
}));

const deletePersona: () => Endpoint<WithId, undefined, void> = once(() => ({
  name: 'personas.delete',
  input: z.object({ id: personaId() }),
  route: { method: 'DELETE', path: ({ id }) => path`/personas/${id}` },
  persona: ({ id }) => id,
  responseSchema: undefined,
  invalidates: ({ id }) => [LISTS, personaTag(id)],
  transform: () => undefined,
}));

/** The same, for a client whose own fields are typed: what is sent and answered is not affected by it. */
interface Typed<Own extends CustomAttributes> {
  readonly list: () => Endpoint<ListQuery, unknown, PersonaPage<CustomPersona<Own>>>;
  readonly get: () => Endpoint<WithId, unknown, CustomPersona<Own>>;
  readonly create: () => Endpoint<{ data: CustomPersonaCreate<Own> }, unknown, CustomPersona<Own>>;
  readonly update: () => Endpoint<WithId & { data: CustomPersonaUpdate<Own> }, unknown, CustomPersona<Own>>;
}

const ENDPOINTS: unknown = {
  list: listPersonas,
  get: getPersona,
  create: createPersona,
  update: updatePersona,
};

/** The personas themselves: `client.personas`. */
export class Personas<Own extends CustomAttributes = CustomAttributes> {
  readonly #run: Run;
  readonly #its = ENDPOINTS as Typed<Own>;
  /** @internal */
  constructor(run: Run) {
    this.#run = run;
  }

  /**
   * One page of all personas, most recently updated first.
   *
   * A write between two pages shifts the rows, so that walking pages by hand repeats some and misses
   * others (wire contract): to see every persona, use {@link iterate}.
   *
   * @param query page from 1 (default 1), perPage from 1 to 1000 (default 20). Some services answer at most
   * 100 per page: `page.perPage` says how many were meant.
   * @throws {PersonaValidationError} for a page or perPage out of range, before anything is sent.
   * @example
   * ```ts
   * const page = await client.personas.list({ page: 1, perPage: 20 });
   * console.log(`${page.items.length} of ${page.total}`);
   * const next = await page.nextPage();
   * ```
   */
  list(
    query: ListQuery = {},
    options?: RequestOptions<PersonaPage<CustomPersona<Own>>>,
  ): Promise<PersonaPage<CustomPersona<Own>>> {
    return this.#run(this.#its.list(), query, options);
  }

  /**
   * Every persona once, page after page, though rows shift while it walks; one page is read ahead.
   *
   * When writes shifted the list, it is walked again for what was missed, up to `maxScans` times. Deleting or updating
   * what it yields is safe. Aborting `options.signal` ends it with a `PersonaAbortError`. It holds the ids seen, no personas.
   *
   * @example
   * ```ts
   * const walk = client.personas.iterate({ perPage: 100 });
   * for await (const persona of walk) console.log(persona.name);
   * console.log(walk.report.complete);
   * ```
   */
  iterate(
    how: IterateOptions = {},
    options?: RequestOptions<PersonaPage<CustomPersona<Own>>>,
  ): PersonaIterator<CustomPersona<Own>> {
    return iteratePersonas(this.#run, how, options as never) as never;
  }

  /**
   * Every persona in a list, or the `limit` updated last.
   *
   * @example
   * ```ts
   * const latest = await client.personas.toArray({ limit: 10 });
   * ```
   */
  toArray(
    how: ToArrayOptions = {},
    options?: RequestOptions<PersonaPage<CustomPersona<Own>>>,
  ): Promise<CustomPersona<Own>[]> {
    return gather((walk) => this.iterate(walk, options), how);
  }

  /**
   * One persona with all its data.
   *
   * @throws {PersonaNotFoundError} when there is no such persona.
   * @throws {PersonaValidationError} when the id is not a positive whole number, before anything is sent.
   * @example
   * ```ts
   * const persona = await client.personas.get(1);
   * console.log(persona.name, new Date(persona.created_at));
   * ```
   */
  get(id: number, options?: RequestOptions<CustomPersona<Own>>): Promise<CustomPersona<Own>> {
    return this.#run(this.#its.get(), { id }, options);
  }

  /**
   * Create a persona.
   *
   * Sent again only where the service cannot have acted on it; an error says in `maybeApplied` whether it may have.
   * With `onUnknownOutcome: 'reconcile'` the client then looks among the newest personas and returns the one created, or
   * creates it.
   *
   * @throws {PersonaValidationError} for bad data, naming each field; before anything is sent where the rule is known here.
   * @example
   * ```ts
   * const created = await client.personas.create({
   *   name: 'Example User',
   *   demographic: { country: 'US', city: 'San Francisco', language: 'en-US' },
   *   psychographic: { interests: ['technology', 'travel', 'cooking'] },
   * });
   * ```
   */
  create(
    data: CustomPersonaCreate<Own>,
    options?: RequestOptions<CustomPersona<Own>>,
  ): Promise<CustomPersona<Own>> {
    return this.#run(this.#its.create(), { data }, options);
  }

  /**
   * Change a persona. What is left out stays, inside a category too (wire contract).
   *
   * @throws {PersonaNotFoundError} when there is no such persona.
   * @throws {PersonaValidationError} for bad data, naming each field.
   * @example
   * ```ts
   * await client.personas.update(created.id, { name: 'Renamed' });
   * ```
   */
  update(
    id: number,
    data: CustomPersonaUpdate<Own>,
    options?: RequestOptions<CustomPersona<Own>>,
  ): Promise<CustomPersona<Own>> {
    return this.#run(this.#its.update(), { id, data }, options);
  }

  /**
   * Delete a persona with all its data.
   *
   * @throws {PersonaNotFoundError} when it was not there. Not when an earlier attempt of this very call may have deleted it.
   * @example
   * ```ts
   * await client.personas.delete(created.id);
   * ```
   */
  delete(id: number, options?: RequestOptions<void>): Promise<void> {
    return this.#run(deletePersona(), { id }, options);
  }
}
