import * as z from 'zod/mini';
import { once } from './once.js';
import { isPlainObject, type JsonValue } from './plain-data.js';

/** The categories whose fields a deployment can configure. `demographic` has fixed fields. */
export type AttributeCategory = 'psychographic' | 'behavioral' | 'contextual';

/** The categories of a persona's data. */
export type Category = 'demographic' | AttributeCategory;

export const ATTRIBUTE_CATEGORIES: readonly AttributeCategory[] = [
  'psychographic',
  'behavioral',
  'contextual',
];

export const CATEGORIES: readonly Category[] = ['demographic', ...ATTRIBUTE_CATEGORIES];

/** Fields of any name, whose values are JSON. */
export interface OpenFields {
  [field: string]: JsonValue | undefined;
}

/**
 * Opens the types of all categories: fields with names that the compiler does not know are JSON, in reads and writes.
 *
 * By default, such a name is a compile error, because it is probably misspelled. To open only one category, use
 * `Pick<OpenAttributes, 'psychographic'>`, or a schema that allows unknown fields.
 *
 * @example
 * ```ts
 * const client = new PersonaClient<OpenAttributes>();
 * await client.psychographic.update(1, { mood: 'calm' });
 * ```
 */
export type OpenAttributes = Record<AttributeCategory, OpenFields>;

/**
 * Demographic data, such as location, age and occupation. A field is absent or `null` if it was never set. Writing `null`
 * clears a field.
 */
export interface Demographic {
  /** Degrees. No service checks the range. */
  latitude?: number | null;
  /** Degrees. No service checks the range. */
  longitude?: number | null;
  /** A language tag such as `en-US`. */
  language?: string | null;
  country?: string | null;
  city?: string | null;
  region?: string | null;
  /** Years. The dialect `subresource` requires a whole number from 0 to 120. */
  age?: number | null;
  gender?: string | null;
  education?: string | null;
  income?: string | null;
  occupation?: string | null;
}

/** Input of a write to `demographic`. An update keeps the values of omitted fields. */
export interface DemographicInput extends Demographic {
  /**
   * `"latitude,longitude"` in degrees, from -90 to 90 and from -180 to 180, as in the integration guide. The client sends
   * `latitude` and `longitude` in its place, so do not combine it with these.
   */
  geolocation?: string;
}

/** Psychographic data, such as interests, values and attitudes. A service can have other fields: see `defineAttributes`. */
export interface Psychographic {
  interests?: string[] | null;
  personal_values?: string[] | null;
  attitudes?: string[] | null;
  opinions?: string[] | null;
  lifestyle?: string | null;
  personality?: string | null;
}

/** Behavioral data, such as purchases and device usage. A service can have other fields: see `defineAttributes`. */
export interface Behavioral {
  browsing_habits?: string[] | null;
  purchase_history?: string[] | null;
  brand_interactions?: string[] | null;
  device_usage?: { [device: string]: string } | null;
  social_media_activity?: { [platform: string]: string } | null;
  content_consumption?: { [kind: string]: string } | null;
}

/**
 * Contextual data, such as time of day, season and device. A service can have other fields and other values: see
 * `defineAttributes`.
 */
export interface Contextual {
  time_of_day?: 'morning' | 'afternoon' | 'evening' | 'night' | 'all day' | null;
  day_of_week?: 'weekday' | 'weekend' | 'all week' | null;
  season?: 'spring' | 'summer' | 'fall' | 'winter' | null;
  weather?: string | null;
  device_type?: 'desktop' | 'laptop' | 'tablet' | 'mobile' | null;
  browser_type?: 'chrome' | 'firefox' | 'safari' | 'edge' | null;
  screen_size?: string | null;
  connection_type?: 'wifi' | 'ethernet' | '4g' | '5g' | '3g' | null;
}

export const DEMOGRAPHIC_FIELD_TYPES: Readonly<Record<keyof Demographic, 'number' | 'string'>> = {
  latitude: 'number',
  longitude: 'number',
  language: 'string',
  country: 'string',
  city: 'string',
  region: 'string',
  age: 'number',
  gender: 'string',
  education: 'string',
  income: 'string',
  occupation: 'string',
};

/** The demographic fields, each with its type. */
export const DEMOGRAPHIC_FIELD_ENTRIES = Object.entries(DEMOGRAPHIC_FIELD_TYPES);

/** Validates the attributes of a category in an input. Accepts any field, because deployments add fields. */
export const attributesSchema = once(() =>
  z.custom<Record<string, unknown>>(isPlainObject, 'must be an object of fields'),
);
