import {
  ATTRIBUTE_CATEGORIES,
  type AttributeCategory,
  type FieldConfig,
  type FieldDefinition,
} from '../../field-config.js';
import { jsonResponse } from '../../http.js';
import type { Category, Fields, PersonaDraft, PersonaPatch } from '../../store/types.js';
import { DEMOGRAPHIC_COLUMNS, isValidAge, MAX_AGE_YEARS } from '../demographic.js';
import { HttpError, isJsonObject } from '../types.js';
import { createSqlError } from './sql-error.js';

const TYPE_CHECKS: Readonly<Record<FieldDefinition['type'], (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  list: Array.isArray,
  dict: isJsonObject,
};

function failValidation(error: string, details?: readonly string[]): never {
  throw new HttpError(jsonResponse(400, { error, ...(details && { details }) }));
}

/** Returns the value if it is an object. Otherwise throws the error of the real handler, which becomes a 500. */
function requireObject(value: unknown): Record<string, unknown> {
  if (isJsonObject(value)) return value;
  throw new Error(`'${Array.isArray(value) ? 'list' : typeof value}' object has no attribute 'get'`);
}

function findProblem({ name, type, options }: FieldDefinition, value: unknown): string | undefined {
  if (!TYPE_CHECKS[type](value)) return `Field '${name}' must be of type ${type}`;
  if (options === undefined || type === 'dict') return undefined;
  const values: unknown[] = Array.isArray(value) ? value : [value];
  const isAllowed = values.every((entry) => options.some((option) => option === entry));
  return isAllowed ? undefined : `Field '${name}' must be one of: ${options.join(', ')}`;
}

/** Validates the configured fields, and returns all fields. The service stores other fields without validation. */
function validateCategory(config: FieldConfig, category: AttributeCategory, fields: Fields): Fields {
  const details = (config[category]?.fields ?? [])
    .filter(({ name }) => Object.hasOwn(fields, name))
    .flatMap((field) => findProblem(field, fields[field.name]) ?? []);
  if (details.length > 0) failValidation(`Invalid ${category} attributes`, details);
  return fields;
}

/** Validates the fields with a column. Ignores other fields, such as `geolocation`. */
function readDemographic(input: Fields): Fields {
  const fields: Record<string, unknown> = {};
  for (const name of Object.keys(DEMOGRAPHIC_COLUMNS)) {
    if (Object.hasOwn(input, name)) fields[name] = input[name];
  }
  for (const [name, type] of Object.entries(DEMOGRAPHIC_COLUMNS)) {
    const value = fields[name] ?? null;
    const hasType = type === 'integer' ? Number.isInteger(value) : typeof value === type;
    if (value === null || hasType) continue;
    throw createSqlError(
      `invalid input syntax for type ${type}: "${String(value)}"`,
      'demographic_data',
      fields,
    );
  }
  if (typeof fields.age === 'number' && !isValidAge(fields.age)) {
    failValidation('Invalid demographic data', [`Field 'age' must be between 0 and ${MAX_AGE_YEARS}`]);
  }
  return fields;
}

/** Creates the functions that validate request bodies against the configured fields of a deployment. */
export function createBodyReaders(config: FieldConfig) {
  function readPatch(body: unknown): PersonaPatch {
    const { name, demographic, ...others } = requireObject(body);
    if (name !== undefined && typeof name !== 'string') {
      throw createSqlError(`column "name" does not take ${JSON.stringify(name)}`, 'personas', { name });
    }
    const categories: Partial<Record<Category, Fields>> = {};
    if (demographic !== undefined && demographic !== null) {
      categories.demographic = readDemographic(requireObject(demographic));
    }
    for (const category of ATTRIBUTE_CATEGORIES) {
      const fields = others[category];
      if (fields === undefined || fields === null) continue;
      categories[category] = validateCategory(config, category, requireObject(fields));
    }
    return name === undefined ? { categories } : { name, categories };
  }

  return {
    readPatch,
    readDraft: (body: unknown): PersonaDraft => {
      const { name, categories } = readPatch(body);
      return name === undefined ? failValidation('Name is required') : { name, categories };
    },
    readCategory: (category: Category, body: unknown): Fields => {
      const fields = requireObject(body);
      return category === 'demographic'
        ? readDemographic(fields)
        : validateCategory(config, category, fields);
    },
  };
}
