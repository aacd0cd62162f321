import * as z from 'zod/mini';
import { isPlainObject, type JsonValue, jsonSafe } from './json.js';
import { once } from './once.js';
import { integer, refine } from './validators.js';

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

/** Any string. Editors suggest the known values. */
type LiteralUnion<Values extends string> = Values | (string & {});

/** Fields that one deployment adds. */
interface CustomFields {
  [field: string]: JsonValue | undefined;
}

/** Demographic data, such as location, age and occupation. A field is absent or `null` if it was never set. */
export interface Demographic {
  /** Degrees, -90 to 90. */
  latitude?: number | null;
  /** Degrees, -180 to 180. */
  longitude?: number | null;
  /** A language tag such as `en-US`. */
  language?: string | null;
  country?: string | null;
  city?: string | null;
  region?: string | null;
  /** Whole years, 0 to 120. */
  age?: number | null;
  gender?: string | null;
  education?: string | null;
  income?: string | null;
  occupation?: string | null;
}

/** Input of a write to `demographic`. An update keeps the values of omitted fields. */
export interface DemographicInput extends Demographic {
  /** `"latitude,longitude"` in degrees, as in the integration guide. Do not combine it with `latitude` or `longitude`. */
  geolocation?: string;
}

/** Psychographic data, such as interests, values and attitudes. A deployment can configure more fields. */
export interface Psychographic extends CustomFields {
  interests?: string[] | null;
  personal_values?: string[] | null;
  attitudes?: string[] | null;
  opinions?: string[] | null;
  lifestyle?: string | null;
  personality?: string | null;
}

/** Behavioral data, such as purchases and device usage. A deployment can configure more fields. */
export interface Behavioral extends CustomFields {
  browsing_habits?: string[] | null;
  purchase_history?: string[] | null;
  brand_interactions?: string[] | null;
  device_usage?: { [device: string]: string } | null;
  social_media_activity?: { [platform: string]: string } | null;
  content_consumption?: { [kind: string]: string } | null;
}

/** Contextual data, such as time of day, season and device. A deployment can configure more fields. */
export interface Contextual extends CustomFields {
  time_of_day?: LiteralUnion<'morning' | 'afternoon' | 'evening' | 'night' | 'all day'> | null;
  day_of_week?: LiteralUnion<'weekday' | 'weekend' | 'all week'> | null;
  season?: LiteralUnion<'spring' | 'summer' | 'fall' | 'winter'> | null;
  weather?: string | null;
  device_type?: LiteralUnion<'desktop' | 'laptop' | 'tablet' | 'mobile'> | null;
  browser_type?: LiteralUnion<'chrome' | 'firefox' | 'safari' | 'edge'> | null;
  screen_size?: string | null;
  connection_type?: LiteralUnion<'wifi' | 'ethernet' | '4g' | '5g' | '3g'> | null;
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

/** Validates the attributes of a category in an input. Accepts any field, because deployments add fields. */
const attributesSchema = once(() =>
  z.custom<Record<string, unknown>>(isPlainObject, 'must be an object of fields'),
);

const nullishRange = (min: number, max: number, message: string) =>
  z.nullish(z.number(message).check(z.gte(min, message), z.lte(max, message)));

const GEOLOCATION_PATTERN = /^\s*([+-]?\d+(?:\.\d+)?)\s*,\s*([+-]?\d+(?:\.\d+)?)\s*$/;

function createFieldSchemas(): Record<string, z.ZodMiniType> {
  const schemas = { number: z.nullish(z.number()), string: z.nullish(z.string()) };
  return Object.fromEntries(
    Object.entries(DEMOGRAPHIC_FIELD_TYPES).map(([field, type]) => [field, schemas[type]]),
  );
}

/** Validates `DemographicInput` and converts `geolocation`. */
export const demographicInputSchema = () =>
  z.pipe(
    z
      .looseObject({
        ...createFieldSchemas(),
        latitude: nullishRange(-90, 90, 'must be from -90 to 90 degrees'),
        longitude: nullishRange(-180, 180, 'must be from -180 to 180 degrees'),
        age: z.nullish(integer(0, 120)),
        geolocation: z.optional(z.string()),
      })
      .check(
        jsonSafe(),
        refine(function* ({ geolocation, ...fields }) {
          if (geolocation === undefined) return;
          if (fields.latitude !== undefined || fields.longitude !== undefined)
            yield [['geolocation'], 'must not be combined with latitude or longitude'];
          const [latitude, longitude] = parseGeolocation(geolocation);
          if (!(Math.abs(latitude) <= 90) || !(Math.abs(longitude) <= 180))
            yield [
              ['geolocation'],
              'must be "latitude,longitude" in degrees, from -90 to 90 and from -180 to 180',
            ];
        }),
      ),
    z.transform(({ geolocation, ...fields }) => {
      if (geolocation === undefined) return removeRowIds(fields);
      const [latitude, longitude] = parseGeolocation(geolocation);
      return { ...removeRowIds(fields), latitude, longitude };
    }),
  );

/** Validates the attributes of a category before sending. Any field that JSON can represent is valid. */
export const attributesInputSchema = () =>
  z.pipe(attributesSchema().check(jsonSafe()), z.transform(removeRowIds));

function parseGeolocation(geolocation: string): [latitude: number, longitude: number] {
  const [, latitude, longitude] = GEOLOCATION_PATTERN.exec(geolocation) ?? [];
  return [Number(latitude), Number(longitude)];
}

/**
 * Removes the ids of the database row, so that a caller can write back a category that it has read.
 *
 * Services of the `subresource` dialect return these ids, but reject them in requests.
 */
function removeRowIds<T extends object>(fields: T): Omit<T, 'id' | 'persona_id'> {
  const { id, persona_id, ...rest } = fields as T & { id?: unknown; persona_id?: unknown };
  return Number.isSafeInteger(persona_id) ? rest : fields;
}
