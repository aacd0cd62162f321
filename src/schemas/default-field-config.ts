import type { FieldConfig, FieldDefinition } from './field-config.js';

const listField = (name: string): FieldDefinition => ({ name, type: 'list', label: toLabel(name) });
const dictField = (name: string): FieldDefinition => ({ name, type: 'dict', label: toLabel(name) });
const stringField = (name: string, ...options: string[]): FieldDefinition => ({
  name,
  type: 'string',
  label: toLabel(name),
  ...(options.length > 0 ? { options } : {}),
});

const toLabel = (name: string): string =>
  name.replace(
    /(^|_)([a-z])/g,
    (_, separator: string, letter: string) => (separator ? ' ' : '') + letter.toUpperCase(),
  );

/** The default fields. A service of the `attributes` dialect can configure others. */
export const defaultFieldConfig = (): FieldConfig => ({
  psychographic: {
    label: 'Psychographic',
    description: 'How the persona thinks',
    fields: [
      listField('interests'),
      listField('personal_values'),
      listField('attitudes'),
      listField('opinions'),
      stringField('lifestyle'),
      stringField('personality'),
    ],
  },
  behavioral: {
    label: 'Behavioral',
    description: 'What the persona does',
    fields: [
      listField('browsing_habits'),
      listField('purchase_history'),
      listField('brand_interactions'),
      dictField('device_usage'),
      dictField('social_media_activity'),
      dictField('content_consumption'),
    ],
  },
  contextual: {
    label: 'Contextual',
    description: 'The circumstances the persona is in',
    fields: [
      stringField('time_of_day', 'morning', 'afternoon', 'evening', 'night', 'all day'),
      stringField('day_of_week', 'weekday', 'weekend', 'all week'),
      stringField('season', 'spring', 'summer', 'fall', 'winter'),
      stringField('weather'),
      stringField('device_type', 'desktop', 'laptop', 'tablet', 'mobile'),
      stringField('browser_type', 'chrome', 'firefox', 'safari', 'edge'),
      stringField('screen_size'),
      stringField('connection_type', 'wifi', 'ethernet', '4g', '5g', '3g'),
    ],
  },
});
