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
type Problems = Record<string, string[]>;

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

function problemsIn(category: Category, fields: Fields): Problems {
  const problems: Problems = {};
  for (const [name, value] of Object.entries(fields)) {
    const kind = kindOf(category, name);
    const objection =
      kind === undefined ? 'Unknown field.' : value === null ? undefined : OBJECTIONS[kind](value);
    if (objection !== undefined) problems[name] = [objection];
  }
  return problems;
}

/** `geolocation` is a way to write the two numbers, never stored itself. */
function stored({ geolocation, ...fields }: Fields): Fields {
  return isString(geolocation) ? { ...fields, ...coordinates(geolocation) } : fields;
}

function refuseIfAny(errors: Problems): void {
  if (Object.keys(errors).length === 0) return;
  throw new Refusal(jsonAnswer(400, { message: 'Validation error', status_code: 400, errors }));
}

function objectOf(body: unknown): Record<string, unknown> {
  if (!isObject(body)) refuseIfAny({ _schema: ['Invalid input type.'] });
  return body as Record<string, unknown>;
}

function nameProblem(name: unknown): string | undefined {
  if (!isString(name)) return 'Not a valid string.';
  if (name.length >= 1 && name.length <= MAX_NAME_LENGTH) return undefined;
  return `Length must be between 1 and ${MAX_NAME_LENGTH}.`;
}

/** A whole persona or a change of one. A nested problem appears as the list of the names of the fields. */
export function readPatch(body: unknown): PersonaPatch {
  const { name, ...others } = objectOf(body);
  const problems: Problems = {};
  const categories: Partial<Record<Category, Fields>> = {};
  const problem = name === undefined ? undefined : nameProblem(name);
  if (problem !== undefined) problems.name = [problem];
  for (const [key, value] of Object.entries(others)) {
    const category = CATEGORIES.find((candidate) => candidate === key);
    if (category === undefined) {
      if (!READ_ONLY.includes(key)) problems[key] = ['Unknown field.'];
    } else if (isObject(value)) {
      const nested = Object.keys(problemsIn(category, value));
      if (nested.length > 0) problems[category] = nested;
      categories[category] = stored(value);
    } else if (value !== null) problems[category] = ['_schema'];
  }
  refuseIfAny(problems);
  return isString(name) ? { name, categories } : { categories };
}

export function readDraft(body: unknown): PersonaDraft {
  if (objectOf(body).name === undefined) refuseIfAny({ name: ['Missing data for required field.'] });
  const { name = '', categories } = readPatch(body);
  return { name, categories };
}

export function readCategory(category: Category, body: unknown): Fields {
  const fields = objectOf(body);
  refuseIfAny(problemsIn(category, fields));
  return stored(fields);
}
