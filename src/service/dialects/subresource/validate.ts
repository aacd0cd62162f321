import { DEFAULT_FIELD_CONFIG } from '../../field-config.js';
import { jsonResponse } from '../../http.js';
import {
  CATEGORIES,
  type Category,
  type Fields,
  type PersonaDraft,
  type PersonaPatch,
} from '../../store/types.js';
import { DEMOGRAPHIC_COLUMNS, isValidAge, MAX_AGE_YEARS } from '../demographic.js';
import { HttpError, isJsonObject } from '../types.js';

type FieldType = 'string' | 'number' | 'integer' | 'list' | 'dict' | 'geolocation';

/** A field and the reasons why it is invalid. */
type FieldProblem = [field: string, reasons: string[]];

const MAX_NAME_LENGTH = 100;
const READ_ONLY_FIELDS = ['id', 'created_at', 'updated_at'];

const getDefaultColumns = (category: keyof typeof DEFAULT_FIELD_CONFIG): ReadonlyMap<string, FieldType> =>
  new Map(DEFAULT_FIELD_CONFIG[category].fields.map(({ name, type }) => [name, type]));

/** The fixed columns of each category. */
export const COLUMNS: Readonly<Record<Category, ReadonlyMap<string, FieldType>>> = {
  demographic: new Map(Object.entries(DEMOGRAPHIC_COLUMNS)),
  psychographic: getDefaultColumns('psychographic'),
  behavioral: getDefaultColumns('behavioral'),
  contextual: getDefaultColumns('contextual'),
};

const isString = (value: unknown): value is string => typeof value === 'string';

function parseCoordinates(text: string): { latitude: number; longitude: number } | undefined {
  const [, latitude, longitude] = /^\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*$/.exec(text) ?? [];
  return latitude === undefined ? undefined : { latitude: Number(latitude), longitude: Number(longitude) };
}

/** By field type, a function that returns a message if the value is invalid. */
const FIELD_VALIDATORS: Readonly<Record<FieldType, (value: unknown) => string | undefined>> = {
  string: (value) => (isString(value) ? undefined : 'Not a valid string.'),
  number: (value) => (typeof value === 'number' ? undefined : 'Not a valid number.'),
  integer: (value) => {
    if (!Number.isInteger(value)) return 'Not a valid integer.';
    return isValidAge(Number(value)) ? undefined : `Must be between 0 and ${MAX_AGE_YEARS}.`;
  },
  list: (value) => (Array.isArray(value) && value.every(isString) ? undefined : 'Not a valid list.'),
  dict: (value) =>
    isJsonObject(value) && Object.values(value).every(isString) ? undefined : 'Not a valid mapping type.',
  geolocation: (value) =>
    isString(value) && parseCoordinates(value) ? undefined : 'Must be "latitude,longitude".',
};

function getFieldType(category: Category, name: string): FieldType | undefined {
  return category === 'demographic' && name === 'geolocation' ? 'geolocation' : COLUMNS[category].get(name);
}

function findFieldProblems(category: Category, fields: Fields): FieldProblem[] {
  return Object.entries(fields).flatMap(([name, value]): FieldProblem[] => {
    const type = getFieldType(category, name);
    if (type === undefined) return [[name, ['Unknown field.']]];
    const message = value === null ? undefined : FIELD_VALIDATORS[type](value);
    return message === undefined ? [] : [[name, [message]]];
  });
}

/** Replaces `geolocation`, which has no column, with latitude and longitude. */
function toStoredFields({ geolocation, ...fields }: Fields): Fields {
  return isString(geolocation) ? { ...fields, ...parseCoordinates(geolocation) } : fields;
}

function failValidation(problems: readonly FieldProblem[]): never {
  const errors = Object.fromEntries(problems);
  throw new HttpError(jsonResponse(400, { message: 'Validation error', status_code: 400, errors }));
}

function requireObject(body: unknown): Record<string, unknown> {
  return isJsonObject(body) ? body : failValidation([['_schema', ['Invalid input type.']]]);
}

function findNameProblems(name: unknown): FieldProblem[] {
  if (name === undefined) return [];
  if (!isString(name)) return [['name', ['Not a valid string.']]];
  const { length } = [...name]; // in code points, as Python counts
  const isValid = length >= 1 && length <= MAX_NAME_LENGTH;
  return isValid ? [] : [['name', [`Length must be between 1 and ${MAX_NAME_LENGTH}.`]]];
}

/** Validates the body of a create or an update. The error of a category lists the names of its invalid fields. */
export function readPatch(body: unknown): PersonaPatch {
  const { name, ...others } = requireObject(body);
  const problems = findNameProblems(name);
  const categories: Partial<Record<Category, Fields>> = {};
  for (const [key, value] of Object.entries(others)) {
    const category = CATEGORIES.find((candidate) => candidate === key);
    if (category === undefined) {
      if (!READ_ONLY_FIELDS.includes(key)) problems.push([key, ['Unknown field.']]);
    } else if (isJsonObject(value)) {
      const invalidFields = findFieldProblems(category, value).map(([field]) => field);
      if (invalidFields.length > 0) problems.push([category, invalidFields]);
      categories[category] = toStoredFields(value);
    } else if (value !== null) problems.push([category, ['_schema']]);
  }
  if (problems.length > 0) failValidation(problems);
  return isString(name) ? { name, categories } : { categories };
}

export function readDraft(body: unknown): PersonaDraft {
  const { name, categories } = readPatch(body);
  return name === undefined
    ? failValidation([['name', ['Missing data for required field.']]])
    : { name, categories };
}

export function readCategory(category: Category, body: unknown): Fields {
  const fields = requireObject(body);
  const problems = findFieldProblems(category, fields);
  return problems.length > 0 ? failValidation(problems) : toStoredFields(fields);
}
