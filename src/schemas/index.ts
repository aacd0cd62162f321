/** Schemas and types of the data that services return and accept. Imports only zod. */
export type {
  AttributeCategory,
  Behavioral,
  Category,
  Contextual,
  Demographic,
  DemographicInput,
  OpenAttributes,
  OpenFields,
  Psychographic,
} from './categories.js';
export type { FieldChange, SchemaDrift } from './diff-field-configs.js';
export type { CategoryConfig, FieldConfig, FieldDefinition } from './field-config.js';
export type { Persona, PersonaCreate, PersonaUpdate } from './persona.js';
export type { JsonValue } from './plain-data.js';
