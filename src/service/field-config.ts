import type { Category } from './store/types.js';

/** The categories whose fields a deployment can configure. */
export type AttributeCategory = Exclude<Category, 'demographic'>;

export const ATTRIBUTE_CATEGORIES = ['psychographic', 'behavioral', 'contextual'] as const;

/** The configuration of one field. */
export interface FieldDefinition {
  /** The name in requests and responses. */
  readonly name: string;
  /** `list` is a list of strings, `dict` a map of strings. */
  readonly type: 'string' | 'list' | 'dict';
  /** The name for people. */
  readonly label: string;
  /** What the field means. */
  readonly description: string;
  /** Allowed values of the field, or of each entry of a list. @default any value */
  readonly options?: readonly string[];
}

/** The configuration of one category. */
export interface CategoryConfig {
  /** The name for people. */
  readonly label: string;
  /** What the category means. */
  readonly description: string;
  /** The fields of the category. */
  readonly fields: readonly FieldDefinition[];
}

/** The body of `GET /api/v1/field-config`. Categories are optional. */
export type FieldConfig = Readonly<Partial<Record<AttributeCategory, CategoryConfig>>>;

const defineField = (
  type: FieldDefinition['type'],
  name: string,
  label: string,
  description: string,
  options?: readonly string[],
): FieldDefinition => ({ name, type, label, description, ...(options && { options }) });

/** The default fields of real services. */
export const DEFAULT_FIELD_CONFIG = {
  psychographic: {
    label: 'Psychographic',
    description: 'What the persona likes, values and thinks',
    fields: [
      defineField('list', 'interests', 'Interests', 'Topics and hobbies the persona follows'),
      defineField('list', 'personal_values', 'Personal Values', 'Principles the persona lives by'),
      defineField('list', 'attitudes', 'Attitudes', 'Settled ways of feeling about things'),
      defineField('string', 'lifestyle', 'Lifestyle', 'How the persona lives'),
      defineField('string', 'personality', 'Personality', 'Character in a few words'),
      defineField('list', 'opinions', 'Opinions', 'Views the persona holds'),
    ],
  },
  behavioral: {
    label: 'Behavioral',
    description: 'What the persona does online',
    fields: [
      defineField('list', 'browsing_habits', 'Browsing Habits', 'How and when the persona browses'),
      defineField('list', 'purchase_history', 'Purchase History', 'What the persona has bought'),
      defineField('list', 'brand_interactions', 'Brand Interactions', 'Brands the persona deals with'),
      defineField('dict', 'device_usage', 'Device Usage', 'What each device is used for'),
      defineField('dict', 'social_media_activity', 'Social Media Activity', 'Activity by network'),
      defineField('dict', 'content_consumption', 'Content Consumption', 'Habits by kind of content'),
    ],
  },
  contextual: {
    label: 'Contextual',
    description: 'The situation the persona is in',
    fields: [
      defineField('string', 'time_of_day', 'Time of Day', 'When the persona is active', [
        'morning',
        'afternoon',
        'evening',
        'night',
        'all day',
      ]),
      defineField('string', 'day_of_week', 'Day of Week', 'On which days', [
        'weekday',
        'weekend',
        'all week',
      ]),
      defineField('string', 'season', 'Season', 'In which season', ['spring', 'summer', 'fall', 'winter']),
      defineField('string', 'weather', 'Weather', 'The weather where the persona is'),
      defineField('string', 'device_type', 'Device Type', 'The kind of device', [
        'desktop',
        'laptop',
        'tablet',
        'mobile',
      ]),
      defineField('string', 'browser_type', 'Browser Type', 'The browser', [
        'chrome',
        'firefox',
        'safari',
        'edge',
      ]),
      defineField('string', 'screen_size', 'Screen Size', 'Width and height in pixels'),
      defineField('string', 'connection_type', 'Connection Type', 'The network', [
        'wifi',
        'ethernet',
        '4g',
        '5g',
        '3g',
      ]),
    ],
  },
} as const satisfies FieldConfig;

const isAttributeCategory = (name: string): name is AttributeCategory =>
  (ATTRIBUTE_CATEGORIES as readonly string[]).includes(name);

/**
 * Selects all categories, one category, or one field. An empty name selects everything on its level.
 *
 * @returns `{}` if the category or field is unknown.
 */
export function selectFieldConfig(
  config: FieldConfig,
  category: string | null,
  fieldName: string | null,
): object {
  if (!category) return config;
  const categoryConfig = isAttributeCategory(category) ? config[category] : undefined;
  if (categoryConfig === undefined || !fieldName) return categoryConfig ?? {};
  return categoryConfig.fields.find((candidate) => candidate.name === fieldName) ?? {};
}
