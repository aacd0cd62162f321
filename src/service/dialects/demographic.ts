import type { Fields } from '../store/types.js';

/** The columns of demographic, the same in both dialects (wire contract, "Persona"). */
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

export const isAge = (value: number): boolean => value >= 0 && value <= MAX_AGE_YEARS;

/** The named columns as a read shows them: `null` for what is not set. */
export function withNulls(names: Iterable<string>, fields: Fields): Fields {
  return Object.fromEntries([...names].map((name) => [name, fields[name] ?? null]));
}
