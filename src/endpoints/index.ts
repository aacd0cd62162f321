import type { CustomAttributes, CustomData } from '../config/define-attributes.js';
import type { Run } from '../pipeline/endpoint.js';
import type { AttributeCategory, Category, Demographic, DemographicInput } from '../schemas/categories.js';
import { categories, type PersonaCategory } from './categories.js';
import { FieldConfigs } from './field-config.js';
import { Health } from './health.js';
import { Personas } from './personas/index.js';
import { Schemas } from './schema.js';

type Attributes<Own extends CustomAttributes, Category extends AttributeCategory> = PersonaCategory<
  CustomData<Own, Category>,
  CustomData<Own, Category>
>;

/** Everything that goes through the pipeline, by the names the caller uses. */
export interface Endpoints<Own extends CustomAttributes = CustomAttributes> {
  readonly personas: Personas<Own>;
  readonly demographic: PersonaCategory<Demographic, DemographicInput>;
  readonly psychographic: Attributes<Own, 'psychographic'>;
  readonly behavioral: Attributes<Own, 'behavioral'>;
  readonly contextual: Attributes<Own, 'contextual'>;
  readonly fieldConfig: FieldConfigs;
  readonly schema: Schemas;
  readonly health: Health;
}

export const endpoints = <Own extends CustomAttributes>(run: Run): Endpoints<Own> => ({
  personas: new Personas<Own>(run),
  ...(categories(run) as unknown as Pick<Endpoints<Own>, Category>),
  fieldConfig: new FieldConfigs(run),
  schema: new Schemas(run),
  health: new Health(run),
});
