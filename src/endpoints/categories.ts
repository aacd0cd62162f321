import * as z from 'zod/mini';
import type { RequestOptions } from '../config/options.js';
import type { AnyRoute, Endpoint, Redact, Route, Run } from '../pipeline/endpoint.js';
import {
  type AttributeCategory,
  attributes,
  attributesInput,
  CATEGORIES,
  type Category,
  demographic,
  demographicInput,
} from '../schemas/categories.js';
import type { AttributeValues } from '../schemas/field-config.js';
import { personaId } from '../schemas/persona.js';
import { once } from '../schemas/rules.js';
import { LISTS, personaTag } from './cache-tags.js';
import { path } from './path.js';
import type { WithId } from './personas/get.js';

interface CategoryEndpoints<Data, Input> {
  readonly get: Endpoint<WithId, Data, Data>;
  readonly update: Endpoint<WithId & { readonly data: Input }, Data, Data>;
}

/** The `attributes` dialect has no endpoint for demographic: it is a part of the persona there (wire contract). */
function routesOf<Input extends WithId>(
  category: Category,
  method: 'GET' | 'PUT',
  data?: (input: Input) => unknown,
): AnyRoute<Input> {
  const to = (where: Pick<Route<Input>, 'path' | 'unwrap'>, body = data): Route<Input> => ({
    method,
    ...where,
    ...(body && { body }),
  });
  return {
    subresource: to({ path: ({ id }) => path`/personas/${id}/${category}` }),
    attributes:
      category === 'demographic'
        ? to(
            { path: ({ id }) => path`/personas/${id}`, unwrap: category },
            data && ((input) => ({ [category]: data(input) })),
          )
        : to({ path: ({ id }) => path`/personas/${id}/attributes/${category}` }),
  };
}

/** How a category is read and written. */
function endpointsOf(category: Category): CategoryEndpoints<object, object> {
  const { wire, data, ...checked } =
    category === 'demographic'
      ? { wire: demographic(), data: demographicInput() }
      : { wire: attributes(), data: attributesInput(), attributes: ofCategory(category) };
  const ofPersona = {
    persona: ({ id }: WithId) => id,
    touchedFields: () => [category],
    redact: (found: object, redact: Redact) => redact(found, category),
    responseSchema: wire as z.ZodMiniType<object, unknown>,
    transform: (found: object) => found,
  };
  const get: CategoryEndpoints<object, object>['get'] = {
    name: `${category}.get`,
    input: z.object({ id: personaId() }),
    route: routesOf(category, 'GET'),
    ...ofPersona,
    cacheTags: ({ id }) => [personaTag(id)],
  };
  const update: CategoryEndpoints<object, object>['update'] = {
    name: `${category}.update`,
    input: z.object({ id: personaId(), data }),
    route: routesOf(category, 'PUT', ({ data }) => data),
    ...ofPersona,
    ...checked,
    invalidates: ({ id }) => [LISTS, personaTag(id)],
    primes: (updated, { id }, prime) => prime(get, { id }, updated),
  };
  return { get, update };
}

const ofCategory =
  (category: AttributeCategory) =>
  ({ data }: { data: unknown }): AttributeValues[] => [
    { category, values: data as AttributeValues['values'], path: [] },
  ];

const ENDPOINTS = CATEGORIES.map((category) => [category, once(() => endpointsOf(category))] as const);

/** One of a persona's four parts: `client.demographic`, `client.psychographic`, `client.behavioral`, `client.contextual`. */
export class PersonaCategory<Data, Input> {
  readonly #run: Run;
  readonly #endpoints: () => CategoryEndpoints<Data, Input>;
  /** @internal */
  constructor(run: Run, endpoints: () => CategoryEndpoints<Data, Input>) {
    this.#run = run;
    this.#endpoints = endpoints;
  }

  /**
   * This part of a persona; `{}` when nothing in it was ever set.
   *
   * @throws {PersonaNotFoundError} when there is no such persona.
   * @throws {PersonaValidationError} when the id is not a positive whole number, before anything is sent.
   * @example
   * ```ts
   * const { city } = await client.demographic.get(1);
   * ```
   */
  get(id: number, options?: RequestOptions<Data>): Promise<Data> {
    return this.#run(this.#endpoints().get, { id }, options);
  }

  /**
   * Change this part of a persona and get it whole. Fields left out stay as they are.
   *
   * @throws {PersonaNotFoundError} when there is no such persona.
   * @throws {PersonaValidationError} for bad data, naming each field.
   * @example
   * ```ts
   * await client.psychographic.update(1, { interests: ['technology', 'music', 'hiking'] });
   * ```
   */
  update(id: number, data: Input, options?: RequestOptions<Data>): Promise<Data> {
    return this.#run(this.#endpoints().update, { id, data }, options);
  }
}

export function categories(run: Run) {
  const all: Partial<Record<Category, PersonaCategory<object, object>>> = {};
  for (const [category, its] of ENDPOINTS) all[category] = new PersonaCategory(run, its);
  return all;
}
