import type {
  CustomAttributes,
  CustomPersona,
  CustomPersonaCreate,
  CustomPersonaUpdate,
} from '../../config/custom-types.js';
import type { RequestOptions, UpdateOptions } from '../../config/request-options.js';
import type { Run } from '../../pipeline/endpoint.js';
import { updateParameters } from '../condition.js';
import { getPersonaEndpoints } from './custom-persona-endpoints.js';
import { collectPersonas, iteratePersonas } from './iterate.js';
import type { IterateOptions, PersonaIterator, ToArrayOptions } from './iteration-types.js';
import type { ListQuery, PersonaPage } from './list.js';
import { deletePersona } from './writes.js';

/** Operations on personas: `client.personas`. */
export class Personas<Custom extends CustomAttributes = CustomAttributes> {
  private readonly run: Run;
  /** @internal */
  constructor(run: Run) {
    this.run = run;
  }

  /**
   * Returns one page of the list of personas, most recently updated first.
   *
   * A write between two requests can move rows to other pages, so manual paging may repeat or miss rows. Use {@link iterate}
   * to read every persona.
   *
   * @param query the page to return. Some services return 20 rows per page if you ask for more than 100. The result's
   * `perPage` is the page size that the service used.
   * @throws {PersonaValidationError} if `page` or `perPage` is out of range. Nothing is sent.
   * @example
   * ```ts
   * const page = await client.personas.list({ page: 1, perPage: 20 });
   * console.log(`${page.items.length} of ${page.total}`);
   * const next = await page.nextPage();
   * ```
   */
  list(
    query: ListQuery = {},
    options?: RequestOptions<PersonaPage<CustomPersona<Custom>>>,
  ): Promise<PersonaPage<CustomPersona<Custom>>> {
    return this.run(getPersonaEndpoints<Custom>().list(), query, options);
  }

  /**
   * Iterates over all personas and yields each persona once, even if writes move rows between pages.
   *
   * If the list changed, the iterator scans it again for missed personas, up to `maxScans` scans in total. Deleting or
   * updating the yielded personas is safe.
   *
   * `report.complete` tells whether a scan of the unchanged list saw every persona that the service counts. If not,
   * `report.incompleteReason` says why. Some services count rows that their lists do not contain.
   *
   * If the service gives the id of a deleted persona to a new one, the iterator yields both. The iterator prefetches one
   * page, and keeps the ids of yielded personas in memory, not the personas. It bypasses the cache unless you pass `options.cache`. If
   * `options.signal` aborts, the iteration ends with a `PersonaAbortError`.
   *
   * @throws {PersonaValidationError} from the first `next()`, if an option is invalid. Nothing is sent.
   * @example
   * ```ts
   * const iterator = client.personas.iterate({ perPage: 100 });
   * for await (const persona of iterator) console.log(persona.name);
   * console.log(iterator.report.complete);
   * ```
   */
  iterate(
    iterateOptions: IterateOptions = {},
    options?: RequestOptions<PersonaPage<CustomPersona<Custom>>>,
  ): PersonaIterator<CustomPersona<Custom>> {
    return iteratePersonas(this.run, iterateOptions, options as never) as never;
  }

  /**
   * Returns all personas as an array, or the `limit` most recently updated ones that the service lists.
   *
   * If other clients keep writing, the array may lack personas, as with {@link iterate}. To find out, call
   * `client.withMeta.personas.toArray()`: its `meta` is the report of the iteration.
   *
   * @throws {PersonaIncompleteListError} if the service counts personas that its pages do not contain, or if its pages repeat.
   * The error has the personas that the call read. With a `limit`, the call fails only if it read fewer than `limit`.
   * @throws {PersonaValidationError} if an option is invalid. Nothing is sent.
   * @example
   * ```ts
   * const latest = await client.personas.toArray({ limit: 10 });
   * ```
   */
  async toArray(
    toArrayOptions: ToArrayOptions = {},
    options?: RequestOptions<PersonaPage<CustomPersona<Custom>>>,
  ): Promise<CustomPersona<Custom>[]> {
    return (await collectPersonas(this.run, toArrayOptions, options as never)).data as never;
  }

  /**
   * Returns one persona with all its data.
   *
   * @throws {PersonaNotFoundError} if the persona does not exist.
   * @throws {PersonaValidationError} if the id is not a positive integer. Nothing is sent.
   * @example
   * ```ts
   * const persona = await client.personas.get(1);
   * console.log(persona.name, new Date(persona.created_at));
   * ```
   */
  get(id: number, options?: RequestOptions<CustomPersona<Custom>>): Promise<CustomPersona<Custom>> {
    return this.run(getPersonaEndpoints<Custom>().get(), { id }, options);
  }

  /**
   * Creates a persona.
   *
   * The client retries only if the service cannot have created the persona. The error's `maybeApplied` tells whether the
   * persona may exist. If the response is lost and `onUnknownOutcome` is `'reconcile'`, the client searches the recently
   * updated personas for a match. It returns the match, or sends the create again if the complete list has none. After a
   * second 5xx, or if the service hides rows from its list, the call fails and the message says what the search found.
   *
   * @throws {PersonaValidationError} if the data is invalid. `issues` names each field. The client checks the rules it knows
   * before sending.
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
    data: CustomPersonaCreate<Custom>,
    options?: RequestOptions<CustomPersona<Custom>>,
  ): Promise<CustomPersona<Custom>> {
    return this.run(getPersonaEndpoints<Custom>().create(), { data }, options);
  }

  /**
   * Updates a persona. Omitted categories, and omitted fields of a category, keep their values.
   *
   * @throws {PersonaNotFoundError} if the persona does not exist.
   * @throws {PersonaConflictError} with `ifUnmodifiedSince`, if the persona has changed since then.
   * @throws {PersonaValidationError} if the data is invalid. `issues` names each field.
   * @example
   * ```ts
   * await client.personas.update(created.id, { name: 'Renamed' });
   * ```
   */
  update(
    id: number,
    data: CustomPersonaUpdate<Custom>,
    options?: UpdateOptions<CustomPersona<Custom>>,
  ): Promise<CustomPersona<Custom>> {
    return this.run(getPersonaEndpoints<Custom>().update(), ...updateParameters(id, data, options));
  }

  /**
   * Deletes a persona with all its data.
   *
   * @throws {PersonaNotFoundError} if the persona does not exist, unless an earlier attempt of this call may have deleted
   * it.
   * @example
   * ```ts
   * await client.personas.delete(created.id);
   * ```
   */
  delete(id: number, options?: RequestOptions<void>): Promise<void> {
    return this.run(deletePersona(), { id }, options);
  }
}
