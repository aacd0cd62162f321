/** The fields of the `subresource` service: their columns, and which values they take. */
import { DEFAULT_FIELD_CONFIG } from '../../field-config.js';
import type { JsonValue } from '../../json/parse.js';
import { isDict, parseFloatText, parseInteger, toAsciiDigits } from '../../python.js';
import type { Category } from '../../store/types.js';
import { DEMOGRAPHIC_COLUMNS } from '../columns.js';

export type FieldType = 'string' | 'number' | 'integer' | 'list' | 'dict' | 'geolocation';

/** The value to store, or what is wrong: reasons, or the positions or keys of faulty entries. */
export type FieldResult = { readonly value: unknown } | { readonly problems: readonly string[] };

const MAX_AGE_YEARS = 120;

const getDefaultColumns = (category: keyof typeof DEFAULT_FIELD_CONFIG): ReadonlyMap<string, FieldType> =>
  new Map(DEFAULT_FIELD_CONFIG[category].fields.map(({ name, type }) => [name, type]));

/** The fixed columns of each category. */
export const COLUMNS: Readonly<Record<Category, ReadonlyMap<string, FieldType>>> = {
  demographic: new Map(Object.entries(DEMOGRAPHIC_COLUMNS)),
  psychographic: getDefaultColumns('psychographic'),
  behavioral: getDefaultColumns('behavioral'),
  contextual: getDefaultColumns('contextual'),
};

/** Whether a column holds a list or a map. */
export function isContainer(category: Category, name: string): boolean {
  const type = COLUMNS[category].get(name);
  return type === 'list' || type === 'dict';
}

const invalid = (...problems: string[]): FieldResult => ({ problems });
const isString = (value: JsonValue): value is string => typeof value === 'string';

const GEOLOCATION = /^-?\d+(?:\.\d+)?,\s*-?\d+(?:\.\d+)?\n?$/;

/** Parses `latitude,longitude`. The range of the numbers does not matter. */
export function parseGeolocation(text: string): { latitude: number; longitude: number } | undefined {
  const digits = toAsciiDigits(text);
  if (!GEOLOCATION.test(digits)) return undefined;
  const [latitude, longitude] = digits.split(',').map(Number);
  return { latitude: Number(latitude) + 0, longitude: Number(longitude) + 0 }; // -0.0 becomes 0.0
}

function readInteger(value: JsonValue): FieldResult {
  if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY)
    return invalid('Number too large.');
  const integer = toInteger(value);
  if (integer === undefined) return invalid('Not a valid integer.');
  return integer >= 0n && integer <= MAX_AGE_YEARS
    ? { value: Number(integer) }
    : invalid(`Must be greater than or equal to 0 and less than or equal to ${MAX_AGE_YEARS}.`);
}

function toInteger(value: JsonValue): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isNaN(value) ? undefined : BigInt(Math.trunc(value));
  return isString(value) ? parseInteger(value) : undefined;
}

function readNumber(value: JsonValue): FieldResult {
  const number = typeof value === 'bigint' ? Number(value) : isString(value) ? parseFloatText(value) : value;
  if (typeof number !== 'number') return invalid('Not a valid number.');
  if (Number.isFinite(number)) return { value: number + 0 }; // the database stores -0.0 as 0.0
  return typeof value === 'bigint'
    ? invalid('Number too large.')
    : invalid('Special numeric values (nan or infinity) are not permitted.');
}

/** Accepts a container whose entries are all strings. */
function readStrings(container: readonly JsonValue[] | Readonly<Record<string, JsonValue>>): FieldResult {
  const problems = Object.entries(container).flatMap(([key, entry]) => (isString(entry) ? [] : [key]));
  return problems.length > 0 ? { problems } : { value: container };
}

const READERS: Readonly<Record<FieldType, (value: JsonValue) => FieldResult>> = {
  string: (value) => (isString(value) ? { value } : invalid('Not a valid string.')),
  number: readNumber,
  integer: readInteger,
  list: (value) => (Array.isArray(value) ? readStrings(value) : invalid('Not a valid list.')),
  dict: (value) => (isDict(value) ? readStrings(value) : invalid('Not a valid mapping type.')),
  geolocation: (value) => {
    if (!isString(value)) return invalid('Not a valid string.');
    return value === '' || parseGeolocation(value)
      ? { value }
      : invalid('Geolocation must be in format "latitude,longitude"');
  },
};

/** Reads a field of a category. `null` is valid in every field. */
export function readField(category: Category, name: string, value: JsonValue): FieldResult {
  const isGeolocation = category === 'demographic' && name === 'geolocation';
  const type = isGeolocation ? 'geolocation' : COLUMNS[category].get(name);
  if (type === undefined) return invalid('Unknown field.');
  return value === null ? { value } : READERS[type](value);
}

const MAX_NAME_LENGTH = 100;

/** Reads the name of a persona, which is the only required field. */
export function readName(name: JsonValue): FieldResult {
  if (name === null) return invalid('Field may not be null.');
  if (!isString(name)) return invalid('Not a valid string.');
  const { length } = [...name]; // in code points, as Python counts
  return length >= 1 && length <= MAX_NAME_LENGTH
    ? { value: name }
    : invalid(`Length must be between 1 and ${MAX_NAME_LENGTH}.`);
}
