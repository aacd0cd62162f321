import { LISTS, personaTag } from '../cache/tags.js';
import type { RequestOptions, UpdateOptions } from '../config/request-options.js';
import type { Endpoint, EndpointRoute, Route, Run, VisitData } from '../pipeline/endpoint.js';
import { type AttributeCategory, CATEGORIES, type Category } from '../schemas/categories.js';
import { attributesSchema, demographicInputSchema, sendable } from '../schemas/category-input.js';
import { categorySchema } from '../schemas/category-schemas.js';
import type { AttributeValues } from '../schemas/field-config.js';
import { objectWith } from '../schemas/objects.js';
import { personaIdSchema } from '../schemas/persona.js';
import { toSubresourceCategory } from '../schemas/subresource-rules.js';
import {
  ifUnmodifiedSinceSchema,
  unmodifiedCondition,
  updateParameters,
  type WithCondition,
} from './condition.js';
import {
  type CachedReadDefinition,
  defineCachedRead,
  defineEndpoint,
  type EndpointDefinition,
  listEndpoints,
} from './define-endpoint.js';
import { path } from './path.js';
import type { WithId } from './personas/get.js';

type UpdateInput<Data> = WithId & WithCondition & { readonly data: Data };

/** The endpoints of one category. Method syntax keeps the types of the data bivariant. */
interface CategoryEndpoints<Data, Input> {
  get(): Endpoint<WithId, Data, Data>;
  update(): Endpoint<UpdateInput<Input>, Data, Data>;
}

/** In the `attributes` dialect, `demographic` has no route, so the client reads and updates it with the persona. */
function createCategoryRoute<Input extends WithId>(
  category: Category,
  method: 'GET' | 'PUT',
  body?: (input: Input) => unknown,
): EndpointRoute<Input> {
  const personaRoute: Route<Input> = {
    method,
    path: ({ id }) => path`/personas/${id}`,
    unwrapKey: category,
    ...(body && { body: (input) => ({ [category]: body(input) }) }),
  };
  const dedicatedRoute = (path: Route<Input>['path']): Route<Input> => ({
    method,
    path,
    ...(body && { body }),
  });
  return {
    subresource: dedicatedRoute(({ id }) => path`/personas/${id}/${category}`),
    attributes:
      category === 'demographic'
        ? personaRoute
        : dedicatedRoute(({ id }) => path`/personas/${id}/attributes/${category}`),
  };
}

function defineCategory(category: Category) {
  const isDemographic = category === 'demographic';
  const commonProperties = () => ({
    personaId: ({ id }: WithId) => id,
    touchedFields: () => [category],
    visitData: (data: object, visit: VisitData) => visit(data, category),
    responseSchema: categorySchema(category),
    transform: (data: object) => data,
  });
  const get = defineCachedRead(
    `${category}.get`,
    (): CachedReadDefinition<WithId, object, object> => ({
      ...commonProperties(),
      inputSchema: objectWith({ id: personaIdSchema }),
      route: createCategoryRoute(category, 'GET'),
      cacheTags: ({ id }) => [personaTag(id)],
    }),
  );
  const update = defineEndpoint(
    `${category}.update`,
    (): EndpointDefinition<UpdateInput<object>, object, object> => ({
      ...commonProperties(),
      inputSchema: objectWith({
        id: personaIdSchema,
        data: () => sendable<object>(isDemographic ? demographicInputSchema() : attributesSchema()),
        ifUnmodifiedSince: ifUnmodifiedSinceSchema,
      }),
      condition: unmodifiedCondition,
      route: createCategoryRoute(category, 'PUT', ({ data }) => data),
      ...(!isDemographic && { attributes: ({ data }) => [toAttributeValues(category, data)] }),
      toSubresource: (input) => toSubresourceCategory(input, isDemographic),
      invalidates: ({ id }) => [LISTS, personaTag(id)],
      primes: (updated, { id }, prime) => prime(get(), { id }, updated),
    }),
  );
  return { category, get, update };
}

const toAttributeValues = (category: AttributeCategory, data: object): AttributeValues => ({
  category,
  values: data,
  path: [],
});

const CATEGORY_DEFINITIONS = CATEGORIES.map(defineCategory);

export const CATEGORY_ENDPOINTS = CATEGORY_DEFINITIONS.flatMap(({ get, update }) =>
  listEndpoints(get, update),
);

/** One category of a persona: `client.demographic`, `client.psychographic`, `client.behavioral`, `client.contextual`. */
export class PersonaCategory<Data, Input> {
  private readonly run: Run;
  private readonly endpoints: CategoryEndpoints<Data, Input>;
  /** @internal */
  constructor(run: Run, endpoints: CategoryEndpoints<Data, Input>) {
    this.run = run;
    this.endpoints = endpoints;
  }

  /**
   * Returns this category of a persona, or `{}` if none of its fields was ever set.
   *
   * @throws {PersonaNotFoundError} if the persona does not exist.
   * @throws {PersonaValidationError} if the id is not a positive integer. Nothing is sent.
   * @example
   * ```ts
   * const { city } = await client.demographic.get(1);
   * ```
   */
  get(id: number, options?: RequestOptions<Data>): Promise<Data> {
    return this.run(this.endpoints.get(), { id }, options);
  }

  /**
   * Updates this category of a persona and returns the whole category. Omitted fields keep their values.
   *
   * @throws {PersonaNotFoundError} if the persona does not exist.
   * @throws {PersonaConflictError} with `ifUnmodifiedSince`, if the persona has changed since then.
   * @throws {PersonaValidationError} if the data is invalid. `issues` names each field.
   * @example
   * ```ts
   * await client.psychographic.update(1, { interests: ['technology', 'music', 'hiking'] });
   * ```
   */
  update(id: number, data: Input, options?: UpdateOptions<Data>): Promise<Data> {
    return this.run(this.endpoints.update(), ...updateParameters(id, data, options));
  }
}

export const createCategories = (run: Run) =>
  Object.fromEntries(
    CATEGORY_DEFINITIONS.map((definition) => [
      definition.category,
      new PersonaCategory<object, object>(run, definition),
    ]),
  );
