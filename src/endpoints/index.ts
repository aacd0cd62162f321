import type { Run } from '../pipeline/types.js';
import type {
  Behavioral,
  Contextual,
  Demographic,
  DemographicInput,
  Psychographic,
} from '../schemas/categories.js';
import { categories, type PersonaCategory } from './categories.js';
import { FieldConfigs } from './field-config.js';
import { Health } from './health.js';
import { Personas } from './personas.js';
import { Schemas } from './schema.js';

/** Everything that goes through the pipeline, by the names the caller uses. */
export interface Endpoints {
  readonly personas: Personas;
  readonly demographic: PersonaCategory<Demographic, DemographicInput>;
  readonly psychographic: PersonaCategory<Psychographic, Psychographic>;
  readonly behavioral: PersonaCategory<Behavioral, Behavioral>;
  readonly contextual: PersonaCategory<Contextual, Contextual>;
  readonly fieldConfig: FieldConfigs;
  readonly schema: Schemas;
  readonly health: Health;
}

export const endpoints = (run: Run): Endpoints => ({
  personas: new Personas(run),
  ...categories(run),
  fieldConfig: new FieldConfigs(run),
  schema: new Schemas(run),
  health: new Health(run),
});
