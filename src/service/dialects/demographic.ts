import type { Fields } from '../store/types.js';

/** The columns of the demographic category, which are the same in both dialects. */
export const DEMOGRAPHIC_COLUMNS = {
  latitude: 'number',
  longitude: 'number',
  language: 'string',
  country: 'string',
  city: 'string',
  region: 'string',
  age: 'integer',
  gender: 'string',
  education: 'string',
  income: 'string',
  occupation: 'string',
} as const;

export const MAX_AGE_YEARS = 120;

export const isValidAge = (value: number): boolean => value >= 0 && value <= MAX_AGE_YEARS;

/** Renders the named fields, with `null` for a field that is not set. */
export function renderFields(names: Iterable<string>, fields: Fields): Fields {
  return Object.fromEntries([...names].map((name) => [name, fields[name] ?? null]));
}
