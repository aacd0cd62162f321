import type * as z from 'zod/mini';
import {
  type AttributeCategory,
  type Behavioral,
  type Category,
  type Contextual,
  DEMOGRAPHIC_FIELD_TYPES,
  type Psychographic,
} from './categories.js';
import { isPlainObject } from './plain-data.js';
import { addIssue, customSchema, typeMismatch } from './validators.js';

type FieldTypeOf<Value> = [Value] extends [number]
  ? 'number'
  : [Value] extends [string]
    ? 'string'
    : [Value] extends [string[]]
      ? 'list of strings'
      : 'map of strings';
type FieldTypes<Data> = {
  readonly [Field in keyof Data]-?: FieldTypeOf<NonNullable<Data[Field]>>;
};

const LIST = 'list of strings';
const MAP = 'map of strings';

/** The types of the declared fields. All other fields belong to the deployment, and may hold any JSON. */
const FIELD_TYPES: {
  readonly psychographic: FieldTypes<Psychographic>;
  readonly behavioral: FieldTypes<Behavioral>;
  readonly contextual: FieldTypes<Contextual>;
} = {
  psychographic: {
    interests: LIST,
    personal_values: LIST,
    attitudes: LIST,
    opinions: LIST,
    lifestyle: 'string',
    personality: 'string',
  },
  behavioral: {
    browsing_habits: LIST,
    purchase_history: LIST,
    brand_interactions: LIST,
    device_usage: MAP,
    social_media_activity: MAP,
    content_consumption: MAP,
  },
  contextual: {
    time_of_day: 'string',
    day_of_week: 'string',
    season: 'string',
    weather: 'string',
    device_type: 'string',
    browser_type: 'string',
    screen_size: 'string',
    connection_type: 'string',
  },
};

/** The names of the default fields. */
export const defaultFields = (category: AttributeCategory): string[] => Object.keys(FIELD_TYPES[category]);

const isString = (value: unknown): boolean => typeof value === 'string';
const HAS_TYPE: Readonly<Record<string, (value: unknown) => boolean>> = {
  number: Number.isFinite,
  string: isString,
  [LIST]: (value) => Array.isArray(value) && value.every(isString),
  [MAP]: (value) => isPlainObject(value) && Object.values(value).every(isString),
};

const schemas: { [Name in Category]?: z.ZodMiniType<Record<string, unknown>, unknown> } = {};

/**
 * Returns the schema of a category in a response. The schema keeps unknown fields.
 *
 * One check covers all fields: with a schema per field, validating a persona takes a third longer.
 */
export const categorySchema = (category: Category) =>
  (schemas[category] ??= createCategorySchema(
    Object.entries(category === 'demographic' ? DEMOGRAPHIC_FIELD_TYPES : FIELD_TYPES[category]),
  ));

const hasType = (value: unknown, type: string): boolean =>
  value === undefined || value === null || HAS_TYPE[type]?.(value) === true;

const createCategorySchema = (fieldTypes: readonly (readonly [field: string, type: string])[]) =>
  customSchema<Record<string, unknown>>((payload) => {
    const { value: fields } = payload;
    if (!isPlainObject(fields)) return addIssue(payload, [], typeMismatch('object', fields));
    for (const [field, type] of fieldTypes)
      if (!hasType(fields[field], type)) addIssue(payload, [field], typeMismatch(type, fields[field]));
  });
