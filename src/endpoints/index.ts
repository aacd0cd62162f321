/** The endpoints of the service: descriptors as data, and the resources whose methods run these endpoints. */
import type { CustomAttributes, CustomData } from '../config/custom-types.js';
import type { Run } from '../pipeline/endpoint.js';
import type { AttributeCategory, Category, Demographic, DemographicInput } from '../schemas/categories.js';
import { anyRoute } from './any-route/index.js';
import { CATEGORY_ENDPOINTS, createCategories, type PersonaCategory } from './categories.js';
import { listEndpoints } from './define-endpoint.js';
import { FieldConfigs, getFieldConfig } from './field-config.js';
import { checkHealth, Health } from './health.js';
import { PERSONA_ENDPOINTS, Personas } from './personas/index.js';
import { getSchema, Schemas } from './schema.js';

type CustomCategory<Custom extends CustomAttributes, Name extends AttributeCategory> = PersonaCategory<
  CustomData<Custom, Name>,
  CustomData<Custom, Name>
>;

/**
 * The resources of a client, such as `client.personas`. `client.withMeta` has the type `WithMeta<ClientResources>`.
 *
 * @example
 * ```ts
 * export type ReadClient = Pick<ClientResources, 'personas' | 'schema'>;
 * ```
 */
export interface ClientResources<Custom extends CustomAttributes = CustomAttributes> {
  /** Lists, iterates over, reads and writes personas. */
  readonly personas: Personas<Custom>;
  /** Reads and updates demographic data of a persona. */
  readonly demographic: PersonaCategory<Demographic, DemographicInput>;
  /** Reads and updates psychographic data of a persona. */
  readonly psychographic: CustomCategory<Custom, 'psychographic'>;
  /** Reads and updates behavioral data of a persona. */
  readonly behavioral: CustomCategory<Custom, 'behavioral'>;
  /** Reads and updates contextual data of a persona. */
  readonly contextual: CustomCategory<Custom, 'contextual'>;
  /** Reads the field config: the fields that this service stores. */
  readonly fieldConfig: FieldConfigs;
  /** Reads the JSON Schema of a persona. */
  readonly schema: Schemas;
  /** Checks whether the service works. */
  readonly health: Health;
}

export const createResources = <Custom extends CustomAttributes>(run: Run): ClientResources<Custom> => ({
  personas: new Personas<Custom>(run),
  ...(createCategories(run) as unknown as Pick<ClientResources<Custom>, Category>),
  fieldConfig: new FieldConfigs(run),
  schema: new Schemas(run),
  health: new Health(run),
});

/** All public endpoints. `operations.ts` derives the operation names from this list. */
export const ENDPOINTS = listEndpoints(
  ...PERSONA_ENDPOINTS,
  ...CATEGORY_ENDPOINTS,
  getFieldConfig,
  getSchema,
  checkHealth,
  anyRoute,
);
