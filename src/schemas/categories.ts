import * as z from 'zod/mini';
import { isPlain, type JsonValue, jsonSafe } from './json.js';
import { once, rule, unexpected, whole } from './rules.js';

/** The three categories that a deployment can configure. `demographic` has fixed columns. */
export type AttributeCategory = 'psychographic' | 'behavioral' | 'contextual';

/** The four parts of a persona's data. */
export type Category = 'demographic' | AttributeCategory;

export const CATEGORIES: readonly Category[] = ['demographic', 'psychographic', 'behavioral', 'contextual'];

/** Known values that an editor can offer, and any other string. */
type Suggested<Values extends string> = Values | (string & {});

/** Fields that only this deployment knows are kept as they are. */
interface OwnFields {
  [field: string]: JsonValue | undefined;
}

/** Who the persona is: fixed columns, `null` or absent when never set (wire contract). */
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

/** What may be written to `demographic`. Fields left out stay as they are. */
export interface DemographicInput extends Demographic {
  /** `"latitude,longitude"` in place of the two numbers, as the guide writes it; sent as numbers. */
  geolocation?: string;
}

/** How the persona thinks. A deployment can configure fields of its own. */
export interface Psychographic extends OwnFields {
  interests?: string[] | null;
  personal_values?: string[] | null;
  attitudes?: string[] | null;
  opinions?: string[] | null;
  lifestyle?: string | null;
  personality?: string | null;
}

/** What the persona does. A deployment can configure fields of its own. */
export interface Behavioral extends OwnFields {
  browsing_habits?: string[] | null;
  purchase_history?: string[] | null;
  brand_interactions?: string[] | null;
  device_usage?: { [device: string]: string } | null;
  social_media_activity?: { [platform: string]: string } | null;
  content_consumption?: { [kind: string]: string } | null;
}

/** The circumstances the persona is in. A deployment can configure fields of its own. */
export interface Contextual extends OwnFields {
  time_of_day?: Suggested<'morning' | 'afternoon' | 'evening' | 'night' | 'all day'> | null;
  day_of_week?: Suggested<'weekday' | 'weekend' | 'all week'> | null;
  season?: Suggested<'spring' | 'summer' | 'fall' | 'winter'> | null;
  weather?: string | null;
  device_type?: Suggested<'desktop' | 'laptop' | 'tablet' | 'mobile'> | null;
  browser_type?: Suggested<'chrome' | 'firefox' | 'safari' | 'edge'> | null;
  screen_size?: string | null;
  connection_type?: Suggested<'wifi' | 'ethernet' | '4g' | '5g' | '3g'> | null;
}

export const demographicColumns: Readonly<Record<keyof Demographic, 'number' | 'string'>> = {
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

/** As the service answers it. Columns unknown here are kept. One rule for all: with a schema for each, a persona takes a third longer to check. */
export const demographic = once(() =>
  z
    .custom<Demographic>(isPlain, { error: ({ input }) => unexpected('object', input) })
    .check(rule((columns) => (isPlain(columns) ? wrongColumns(columns) : []))),
);

function wrongColumns(columns: Readonly<Record<string, unknown>>) {
  const wrong: [path: PropertyKey[], message: string][] = [];
  for (const [column, type] of COLUMNS) {
    const value = columns[column];
    if (value === undefined || value === null) continue;
    if (typeof value !== type || (type === 'number' && !Number.isFinite(value)))
      wrong.push([[column], unexpected(type, value)]);
  }
  return wrong;
}

const COLUMNS = Object.entries(demographicColumns);

/** As the service answers it: any fields, since each deployment has its own. */
export const attributes = once(() =>
  z.custom<Record<string, unknown>>(isPlain, 'must be an object of fields'),
);

const within = (low: number, high: number, message: string) =>
  z.nullish(z.number(message).check(z.gte(low, message), z.lte(high, message)));

const POINT = /^\s*([+-]?\d+(?:\.\d+)?)\s*,\s*([+-]?\d+(?:\.\d+)?)\s*$/;

function columnSchemas(): Record<string, z.ZodMiniType> {
  const schemas = { number: z.nullish(z.number()), string: z.nullish(z.string()) };
  return Object.fromEntries(COLUMNS.map(([column, type]) => [column, schemas[type]]));
}

/** As a caller may write it. */
export const demographicInput = () =>
  z.pipe(
    z
      .looseObject({
        ...columnSchemas(),
        latitude: within(-90, 90, 'must be from -90 to 90 degrees'),
        longitude: within(-180, 180, 'must be from -180 to 180 degrees'),
        age: z.nullish(whole(0, 120)),
        geolocation: z.optional(z.string()),
      })
      .check(
        jsonSafe(),
        rule(function* ({ geolocation, ...columns }) {
          if (geolocation === undefined) return;
          if (columns.latitude !== undefined || columns.longitude !== undefined)
            yield [['geolocation'], 'give either geolocation or latitude and longitude, not both'];
          const [latitude, longitude] = pointOf(geolocation);
          if (!(Math.abs(latitude) <= 90) || !(Math.abs(longitude) <= 180))
            yield [
              ['geolocation'],
              'must be "latitude,longitude" in degrees, from -90 to 90 and from -180 to 180',
            ];
        }),
      ),
    z.transform(({ geolocation, ...columns }) => {
      if (geolocation === undefined) return withoutKeys(columns);
      const [latitude, longitude] = pointOf(geolocation);
      return { ...withoutKeys(columns), latitude, longitude };
    }),
  );

/** As a caller may write it: any fields that JSON can carry, taken as they are. */
export const attributesInput = () => z.pipe(attributes().check(jsonSafe()), z.transform(withoutKeys));

function pointOf(geolocation: string): [latitude: number, longitude: number] {
  const [, latitude, longitude] = POINT.exec(geolocation) ?? [];
  return [Number(latitude), Number(longitude)];
}

/** Reads carry the keys of the row, writes must not (wire contract): what was read can be written back. */
function withoutKeys<T extends object>(fields: T): Omit<T, 'id' | 'persona_id'> {
  const { id, persona_id, ...rest } = fields as T & { id?: unknown; persona_id?: unknown };
  return Number.isSafeInteger(persona_id) ? rest : fields;
}
