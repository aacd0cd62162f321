import { jsonAnswer } from '../../exchange.js';
import {
  ATTRIBUTE_CATEGORIES,
  type AttributeCategory,
  type FieldConfig,
  type FieldConfigField,
} from '../../field-config.js';
import type { Category, Fields, PersonaDraft, PersonaPatch } from '../../store/types.js';
import { DEMOGRAPHIC_COLUMNS, isAge, MAX_AGE_YEARS } from '../demographic.js';
import { isObject, Refusal } from '../types.js';
import { sqlFailure } from './sql-failure.js';

const FITS: Readonly<Record<FieldConfigField['type'], (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  list: Array.isArray,
  dict: isObject,
};

function refuse(error: string, details?: readonly string[]): never {
  throw new Refusal(jsonAnswer(400, { error, ...(details && { details }) }));
}

/** A body of another type breaks the handler, which is a 500. */
function objectOf(value: unknown): Record<string, unknown> {
  if (isObject(value)) return value;
  throw new Error(`'${Array.isArray(value) ? 'list' : typeof value}' object has no attribute 'get'`);
}

function objection({ name, type, options }: FieldConfigField, value: unknown): string | undefined {
  if (!FITS[type](value)) return `Field '${name}' must be of type ${type}`;
  if (options === undefined || type === 'dict') return undefined;
  const values: unknown[] = Array.isArray(value) ? value : [value];
  const allowed = values.every((entry) => options.some((option) => option === entry));
  return allowed ? undefined : `Field '${name}' must be one of: ${options.join(', ')}`;
}

/** Only the fields that field-config names are looked at; all others are stored as they come. */
function checked(config: FieldConfig, category: AttributeCategory, fields: Fields): Fields {
  const details = (config[category]?.fields ?? [])
    .filter(({ name }) => Object.hasOwn(fields, name))
    .flatMap((field) => objection(field, fields[field.name]) ?? []);
  if (details.length > 0) refuse(`Invalid ${category} attributes`, details);
  return fields;
}

/** Fixed columns: other names, `geolocation` among them, are dropped without a word. */
function demographicOf(fields: Fields): Fields {
  const known: Record<string, unknown> = {};
  for (const name of Object.keys(DEMOGRAPHIC_COLUMNS)) {
    if (Object.hasOwn(fields, name)) known[name] = fields[name];
  }
  for (const [name, type] of Object.entries(DEMOGRAPHIC_COLUMNS)) {
    const value = known[name] ?? null;
    const fits = type === 'integer' ? Number.isInteger(value) : typeof value === type;
    if (value === null || fits) continue;
    throw sqlFailure(`invalid input syntax for type ${type}: "${String(value)}"`, 'demographic_data', known);
  }
  if (typeof known.age === 'number' && !isAge(known.age)) {
    refuse('Invalid demographic data', [`Field 'age' must be between 0 and ${MAX_AGE_YEARS}`]);
  }
  return known;
}

/** The reading side of the dialect, for the fields of one deployment. */
export function createReader(config: FieldConfig) {
  function readPatch(body: unknown): PersonaPatch {
    const { name, demographic, ...others } = objectOf(body);
    if (name !== undefined && typeof name !== 'string') {
      throw sqlFailure(`column "name" does not take ${JSON.stringify(name)}`, 'personas', { name });
    }
    const categories: Partial<Record<Category, Fields>> = {};
    if (demographic !== undefined && demographic !== null) {
      categories.demographic = demographicOf(objectOf(demographic));
    }
    for (const category of ATTRIBUTE_CATEGORIES) {
      const fields = others[category];
      if (fields === undefined || fields === null) continue;
      categories[category] = checked(config, category, objectOf(fields));
    }
    return name === undefined ? { categories } : { name, categories };
  }

  return {
    readPatch,
    readDraft: (body: unknown): PersonaDraft => {
      const { name, categories } = readPatch(body);
      return name === undefined ? refuse('Name is required') : { name, categories };
    },
    readCategory: (category: Category, body: unknown): Fields => {
      const fields = objectOf(body);
      return category === 'demographic' ? demographicOf(fields) : checked(config, category, fields);
    },
  };
}
