import type { JsonValue } from './plain-data.js';

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
  /** Latitude in degrees, such as `59.91`. No service checks the range. */
  latitude?: number | null;
  /** Longitude in degrees, such as `10.75`. No service checks the range. */
  longitude?: number | null;
  /** Language tag, such as `en-US`. */
  language?: string | null;
  /** Country: a code or a name, such as `US` or `Canada`. */
  country?: string | null;
  /** City, such as `Toronto`. */
  city?: string | null;
  /** Region within the country, such as `Ontario`. */
  region?: string | null;
  /** Age in years. The dialect `subresource` requires a whole number from 0 to 120. */
  age?: number | null;
  /** Gender, in any words. */
  gender?: string | null;
  /** Education, in any words, such as `Master's degree`. */
  education?: string | null;
  /** Income, in any words, such as `40000-60000`. */
  income?: string | null;
  /** Occupation, in any words, such as `Civil engineer`. */
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
  /** Topics and hobbies, such as `['technology', 'travel', 'cooking']`. */
  interests?: string[] | null;
  /** Principles, such as `['honesty']`. */
  personal_values?: string[] | null;
  /** Attitudes, such as `['curious about new tools']`. */
  attitudes?: string[] | null;
  /** Opinions, such as `['cities need more trees']`. */
  opinions?: string[] | null;
  /** How the persona lives, such as `active`. */
  lifestyle?: string | null;
  /** Character in a few words, such as `calm and curious`. */
  personality?: string | null;
}

/** Behavioral data, such as purchases and device usage. A service can have other fields: see `defineAttributes`. */
export interface Behavioral {
  /** How and when the persona browses, such as `['news in the morning']`. */
  browsing_habits?: string[] | null;
  /** What the persona has bought, such as `['tent']`. */
  purchase_history?: string[] | null;
  /** Brands that the persona deals with, and how. */
  brand_interactions?: string[] | null;
  /** Use by device, such as `{ phone: 'daily' }`. */
  device_usage?: { [device: string]: string } | null;
  /** Activity by platform, such as `{ mastodon: 'weekly' }`. */
  social_media_activity?: { [platform: string]: string } | null;
  /** Habits by kind of content, such as `{ podcasts: 'daily' }`. */
  content_consumption?: { [kind: string]: string } | null;
}

/**
 * Contextual data, such as time of day, season and device. A service can have other fields and other values: see
 * `defineAttributes`.
 */
export interface Contextual {
  /** When the persona is active. */
  time_of_day?: 'morning' | 'afternoon' | 'evening' | 'night' | 'all day' | null;
  /** Days on which the persona is active. */
  day_of_week?: 'weekday' | 'weekend' | 'all week' | null;
  /** Season of the year. */
  season?: 'spring' | 'summer' | 'fall' | 'winter' | null;
  /** Weather where the persona is, in any words, such as `rainy`. */
  weather?: string | null;
  /** Kind of device. */
  device_type?: 'desktop' | 'laptop' | 'tablet' | 'mobile' | null;
  /** Browser. */
  browser_type?: 'chrome' | 'firefox' | 'safari' | 'edge' | null;
  /** Width and height in pixels, such as `1920x1080`. */
  screen_size?: string | null;
  /** Kind of network connection. */
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
