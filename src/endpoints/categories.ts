import * as z from 'zod/mini';
import type { RequestOptions } from '../options.js';
import { path } from '../pipeline/path.js';
import type { AnyRoute, Endpoint, Hide, Route, Run } from '../pipeline/types.js';
import {
  type AttributeCategory,
  attributes,
  attributesInput,
  type Behavioral,
  type Category,
  type Contextual,
  type Demographic,
  type DemographicInput,
  demographic,
  demographicInput,
  type Psychographic,
} from '../schemas/categories.js';
import type { AttributeValues } from '../schemas/field-config.js';
import { personaId } from '../schemas/persona.js';
import type { WithId } from './persona.js';
import { LISTS, personaTag } from './tags.js';

type Writing<Input> = WithId & { readonly data: Input };

interface CategoryEndpoints<Data, Input> {
  readonly get: Endpoint<WithId, Data, Data>;
  readonly update: Endpoint<Writing<Input>, Data, Data>;
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

function endpointsOf<Data, Input>(
  category: Category,
  wire: Endpoint<WithId, Data, Data>['wire'],
  data: z.ZodMiniType<unknown, unknown>,
): CategoryEndpoints<Data, Input> {
  const ofPersona = {
    persona: ({ id }: WithId) => id,
    parts: () => [category],
    redact: (found: Data, hide: Hide) => hide(found as object, category),
  };
  const checked = category === 'demographic' ? {} : { attributes: ofCategory(category) };
  const get: Endpoint<WithId, Data, Data> = {
    name: `${category}.get`,
    input: z.object({ id: personaId }),
    route: routesOf(category, 'GET'),
    ...ofPersona,
    wire,
    reads: ({ id }) => [personaTag(id)],
    finish: (found) => found,
  };
  const update: Endpoint<Writing<Input>, Data, Data> = {
    name: `${category}.update`,
    input: z.object({ id: personaId, data }),
    route: routesOf(category, 'PUT', (input: Writing<Input>) => input.data),
    ...ofPersona,
    ...checked,
    wire,
    writes: ({ id }) => [LISTS, personaTag(id)],
    brings: (updated, { id }, keep) => keep(get, { id }, updated),
    finish: (updated) => updated,
  };
  return { get, update };
}

const ofCategory =
  (category: AttributeCategory) =>
  ({ data }: { data: unknown }): AttributeValues[] => [
    { category, values: data as AttributeValues['values'], path: [] },
  ];

const free = <Data>() => attributes as unknown as z.ZodMiniType<Data, unknown>;

const ENDPOINTS = {
  demographic: endpointsOf<Demographic, DemographicInput>(
    'demographic',
    demographic as unknown as z.ZodMiniType<Demographic, unknown>,
    demographicInput,
  ),
  psychographic: endpointsOf<Psychographic, Psychographic>('psychographic', free(), attributesInput),
  behavioral: endpointsOf<Behavioral, Behavioral>('behavioral', free(), attributesInput),
  contextual: endpointsOf<Contextual, Contextual>('contextual', free(), attributesInput),
};

/** One of a persona's four parts: `client.demographic`, `client.psychographic`, `client.behavioral`, `client.contextual`. */
export class PersonaCategory<Data, Input> {
  readonly #run: Run;
  readonly #endpoints: CategoryEndpoints<Data, Input>;
  /** @internal */
  constructor(run: Run, endpoints: CategoryEndpoints<Data, Input>) {
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
    return this.#run(this.#endpoints.get, { id }, options);
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
    return this.#run(this.#endpoints.update, { id, data }, options);
  }
}

export const categories = (run: Run) => ({
  demographic: new PersonaCategory(run, ENDPOINTS.demographic),
  psychographic: new PersonaCategory(run, ENDPOINTS.psychographic),
  behavioral: new PersonaCategory(run, ENDPOINTS.behavioral),
  contextual: new PersonaCategory(run, ENDPOINTS.contextual),
});
