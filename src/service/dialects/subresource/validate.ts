import { jsonAnswer } from '../../exchange.js';
import { BUILT_IN_FIELD_CONFIG } from '../../field-config.js';
import {
  CATEGORIES,
  type Category,
  type Fields,
  type PersonaDraft,
  type PersonaPatch,
} from '../../store/types.js';
import { DEMOGRAPHIC_COLUMNS, isAge, MAX_AGE_YEARS } from '../demographic.js';
import { isObject, Refusal } from '../types.js';

type Kind = 'string' | 'number' | 'integer' | 'list' | 'dict' | 'geolocation';

/** A field and what is wrong with it. */
type Problem = [field: string, reasons: string[]];

const MAX_NAME_LENGTH = 100;
const READ_ONLY = ['id', 'created_at', 'updated_at'];

const builtIn = (category: keyof typeof BUILT_IN_FIELD_CONFIG): ReadonlyMap<string, Kind> =>
  new Map(BUILT_IN_FIELD_CONFIG[category].fields.map(({ name, type }) => [name, type]));

/** The fixed columns of each category. */
export const COLUMNS: Readonly<Record<Category, ReadonlyMap<string, Kind>>> = {
  demographic: new Map(Object.entries(DEMOGRAPHIC_COLUMNS)),
  psychographic: builtIn('psychographic'),
  behavioral: builtIn('behavioral'),
  contextual: builtIn('contextual'),
};

const isString = (value: unknown): value is string => typeof value === 'string';

function coordinates(text: string): { latitude: number; longitude: number } | undefined {
  const [, latitude, longitude] = /^\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*$/.exec(text) ?? [];
  return latitude === undefined ? undefined : { latitude: Number(latitude), longitude: Number(longitude) };
}

/** Why a value does not fit, or `undefined` when it does. */
const OBJECTIONS: Readonly<Record<Kind, (value: unknown) => string | undefined>> = {
  string: (value) => (isString(value) ? undefined : 'Not a valid string.'),
  number: (value) => (typeof value === 'number' ? undefined : 'Not a valid number.'),
  integer: (value) => {
    if (!Number.isInteger(value)) return 'Not a valid integer.';
    return isAge(Number(value)) ? undefined : `Must be between 0 and ${MAX_AGE_YEARS}.`;
  },
  list: (value) => (Array.isArray(value) && value.every(isString) ? undefined : 'Not a valid list.'),
  dict: (value) =>
    isObject(value) && Object.values(value).every(isString) ? undefined : 'Not a valid mapping type.',
  geolocation: (value) =>
    isString(value) && coordinates(value) ? undefined : 'Must be "latitude,longitude".',
};

function kindOf(category: Category, name: string): Kind | undefined {
  return category === 'demographic' && name === 'geolocation' ? 'geolocation' : COLUMNS[category].get(name);
}

function problemsIn(category: Category, fields: Fields): Problem[] {
  return Object.entries(fields).flatMap(([name, value]): Problem[] => {
    const kind = kindOf(category, name);
    if (kind === undefined) return [[name, ['Unknown field.']]];
    const objection = value === null ? undefined : OBJECTIONS[kind](value);
    return objection === undefined ? [] : [[name, [objection]]];
  });
}

/** `geolocation` is a way to write the two numbers, never stored itself. */
function stored({ geolocation, ...fields }: Fields): Fields {
  return isString(geolocation) ? { ...fields, ...coordinates(geolocation) } : fields;
}

function refuse(problems: readonly Problem[]): never {
  const errors = Object.fromEntries(problems);
  throw new Refusal(jsonAnswer(400, { message: 'Validation error', status_code: 400, errors }));
}

function objectOf(body: unknown): Record<string, unknown> {
  return isObject(body) ? body : refuse([['_schema', ['Invalid input type.']]]);
}

function problemsOfName(name: unknown): Problem[] {
  if (name === undefined) return [];
  if (!isString(name)) return [['name', ['Not a valid string.']]];
  const { length } = [...name]; // Code points, as Python counts.
  const fits = length >= 1 && length <= MAX_NAME_LENGTH;
  return fits ? [] : [['name', [`Length must be between 1 and ${MAX_NAME_LENGTH}.`]]];
}

/** A whole persona or a change of one. A nested problem appears as the list of the names of the fields. */
export function readPatch(body: unknown): PersonaPatch {
  const { name, ...others } = objectOf(body);
  const problems = problemsOfName(name);
  const categories: Partial<Record<Category, Fields>> = {};
  for (const [key, value] of Object.entries(others)) {
    const category = CATEGORIES.find((candidate) => candidate === key);
    if (category === undefined) {
      if (!READ_ONLY.includes(key)) problems.push([key, ['Unknown field.']]);
    } else if (isObject(value)) {
      const nested = problemsIn(category, value).map(([field]) => field);
      if (nested.length > 0) problems.push([category, nested]);
      categories[category] = stored(value);
    } else if (value !== null) problems.push([category, ['_schema']]);
  }
  if (problems.length > 0) refuse(problems);
  return isString(name) ? { name, categories } : { categories };
}

export function readDraft(body: unknown): PersonaDraft {
  const { name, categories } = readPatch(body);
  return name === undefined ? refuse([['name', ['Missing data for required field.']]]) : { name, categories };
}

export function readCategory(category: Category, body: unknown): Fields {
  const fields = objectOf(body);
  const problems = problemsIn(category, fields);
  return problems.length > 0 ? refuse(problems) : stored(fields);
}
