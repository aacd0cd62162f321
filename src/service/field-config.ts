import type { Category } from './store/types.js';

/** The categories whose fields a deployment can configure. */
export type AttributeCategory = Exclude<Category, 'demographic'>;

export const ATTRIBUTE_CATEGORIES = ['psychographic', 'behavioral', 'contextual'] as const;

/** One configured field (wire contract, "field-config"). */
export interface FieldConfigField {
  readonly name: string;
  readonly type: 'string' | 'list' | 'dict';
  readonly label: string;
  readonly description: string;
  /** The values allowed for the field, or for each entry of a list. Absent: any. */
  readonly options?: readonly string[];
}

/** One configured category. */
export interface FieldConfigCategory {
  readonly label: string;
  readonly description: string;
  readonly fields: readonly FieldConfigField[];
}

/** What `GET /api/v1/field-config` answers; a category may be left out. */
export type FieldConfig = Readonly<Partial<Record<AttributeCategory, FieldConfigCategory>>>;

const field = (
  type: FieldConfigField['type'],
  name: string,
  label: string,
  description: string,
  options?: readonly string[],
): FieldConfigField => ({ name, type, label, description, ...(options && { options }) });

/** The fields every service knows out of the box (wire contract). */
export const BUILT_IN_FIELD_CONFIG = {
  psychographic: {
    label: 'Psychographic',
    description: 'What the persona likes, values and thinks',
    fields: [
      field('list', 'interests', 'Interests', 'Topics and hobbies the persona follows'),
      field('list', 'personal_values', 'Personal values', 'Principles the persona lives by'),
      field('list', 'attitudes', 'Attitudes', 'Settled ways of feeling about things'),
      field('string', 'lifestyle', 'Lifestyle', 'How the persona lives'),
      field('string', 'personality', 'Personality', 'Character in a few words'),
      field('list', 'opinions', 'Opinions', 'Views the persona holds'),
    ],
  },
  behavioral: {
    label: 'Behavioral',
    description: 'What the persona does online',
    fields: [
      field('list', 'browsing_habits', 'Browsing habits', 'How and when the persona browses'),
      field('list', 'purchase_history', 'Purchase history', 'What the persona has bought'),
      field('list', 'brand_interactions', 'Brand interactions', 'Brands the persona deals with'),
      field('dict', 'device_usage', 'Device usage', 'What each device is used for'),
      field('dict', 'social_media_activity', 'Social media activity', 'Activity by network'),
      field('dict', 'content_consumption', 'Content consumption', 'Habits by kind of content'),
    ],
  },
  contextual: {
    label: 'Contextual',
    description: 'The situation the persona is in',
    fields: [
      field('string', 'time_of_day', 'Time of day', 'When the persona is active', [
        'morning',
        'afternoon',
        'evening',
        'night',
        'all day',
      ]),
      field('string', 'day_of_week', 'Day of week', 'On which days', ['weekday', 'weekend', 'all week']),
      field('string', 'season', 'Season', 'In which season', ['spring', 'summer', 'fall', 'winter']),
      field('string', 'weather', 'Weather', 'The weather where the persona is'),
      field('string', 'device_type', 'Device type', 'The kind of device', [
        'desktop',
        'laptop',
        'tablet',
        'mobile',
      ]),
      field('string', 'browser_type', 'Browser type', 'The browser', ['chrome', 'firefox', 'safari', 'edge']),
      field('string', 'screen_size', 'Screen size', 'Width and height in pixels'),
      field('string', 'connection_type', 'Connection type', 'The network', [
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

/** All categories, one category or one field; an empty object when there is none of that name. */
export function selectFieldConfig(config: FieldConfig, category: string | null, name: string | null): object {
  if (category === null) return config;
  const chosen = isAttributeCategory(category) ? config[category] : undefined;
  if (chosen === undefined || name === null) return chosen ?? {};
  return chosen.fields.find((candidate) => candidate.name === name) ?? {};
}
