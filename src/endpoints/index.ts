import type { Run } from '../pipeline/types.js';
import { categories } from './categories.js';
import { FieldConfigs } from './field-config.js';
import { Health } from './health.js';
import { Personas } from './personas.js';
import { Schemas } from './schema.js';

/** Everything that goes through the pipeline, by the names the caller uses. */
export const endpoints = (run: Run) => ({
  personas: new Personas(run),
  ...categories(run),
  fieldConfig: new FieldConfigs(run),
  schema: new Schemas(run),
  health: new Health(run),
});

export type Endpoints = ReturnType<typeof endpoints>;
