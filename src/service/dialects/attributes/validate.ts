import {
  ATTRIBUTE_CATEGORIES,
  type AttributeCategory,
  type FieldConfig,
  type FieldDefinition,
} from '../../field-config.js';
import { jsonResponse } from '../../http.js';
import { type JsonObject, type JsonValue, toStored } from '../../json/parse.js';
import { contains, getItem, isDict, requireDict } from '../../python.js';
import type { Category, Fields, PersonaDraft, PersonaPatch } from '../../store/types.js';
import { DEMOGRAPHIC_COLUMNS } from '../columns.js';
import { HttpError, type ToStored } from '../types.js';
import { toStoredDemographic, toStoredName } from './database.js';

function failValidation(error: string, details?: string | readonly string[]): never {
  throw new HttpError(jsonResponse(400, { error, details }));
}

const TYPES: Readonly<
  Record<FieldDefinition['type'], { readonly noun: string; accepts(value: JsonValue): boolean }>
> = {
  string: { noun: 'string', accepts: (value) => value === null || typeof value === 'string' },
  list: { noun: 'list', accepts: Array.isArray },
  dict: { noun: 'dictionary', accepts: isDict },
};

/** Finds what is wrong with a configured field: its type, its options, or both. */
function findProblems({ name, type, options }: FieldDefinition, value: JsonValue): string[] {
  const problems: string[] = [];
  if (!TYPES[type].accepts(value)) problems.push(`Field '${name}' must be a ${TYPES[type].noun}`);
  if (options === undefined || type === 'dict' || value === null) return problems;
  const entries: readonly JsonValue[] = Array.isArray(value) ? value : [value];
  const isAllowed = entries.every((entry) => options.some((option) => option === entry));
  return isAllowed ? problems : [...problems, `Field '${name}' must be one of: ${options.join(', ')}`];
}

/** Validates the configured fields. The service stores other fields without validation. */
function validateCategory(config: FieldConfig, category: AttributeCategory, data: JsonValue): JsonObject {
  if (!isDict(data)) return failValidation(`Invalid ${category} data`, 'Data must be a dictionary');
  const details = (config[category]?.fields ?? [])
    .filter(({ name }) => Object.hasOwn(data, name))
    .flatMap((field) => findProblems(field, data[field.name] ?? null));
  return details.length > 0 ? failValidation(`Invalid ${category} data`, details) : data;
}

/** Reads the columns from the value of `demographic`, which the service does not check. */
function readDemographic(value: JsonValue): Fields {
  const names = Object.keys(DEMOGRAPHIC_COLUMNS).filter((name) => contains(value, name));
  return toStoredDemographic(Object.fromEntries(names.map((name) => [name, getItem(value, name)])));
}

/** Creates the functions that validate request bodies against the configured fields of a deployment. */
export function createBodyReaders(config: FieldConfig) {
  /** Validates the categories of a persona. The first one with a problem ends the request. */
  function readCategories(body: JsonValue): Partial<Record<Category, Fields>> {
    const categories: Partial<Record<Category, Fields>> = {};
    for (const category of ATTRIBUTE_CATEGORIES) {
      if (!contains(body, category)) continue;
      categories[category] = toStoredFields(validateCategory(config, category, getItem(body, category)));
    }
    return categories;
  }

  function readPatch(body: JsonValue): ToStored<PersonaPatch> {
    const categories = readCategories(body);
    return () => ({
      ...(contains(body, 'name') && { name: toStoredName(getItem(body, 'name')) }),
      categories: {
        ...categories,
        ...(contains(body, 'demographic') && { demographic: readDemographic(getItem(body, 'demographic')) }),
      },
    });
  }

  return {
    readPatch,
    readDraft: (body: JsonValue): ToStored<PersonaDraft> => {
      if (!contains(body, 'name')) failValidation('Name is required');
      const toPatch = readPatch(body);
      return () => {
        const { demographic = {} } = requireDict(body);
        requireDict(demographic);
        const { name = '', categories } = toPatch();
        return { name, categories };
      };
    },
    readCategory: (category: Category, body: JsonValue): ToStored<Fields> => {
      const fields = validateCategory(config, category as AttributeCategory, body);
      return () => toStoredFields(fields);
    },
  };
}

const toStoredFields = (fields: JsonObject): Fields => toStored(fields) as Fields;
