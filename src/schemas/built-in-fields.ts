import type { FieldConfig, FieldDefinition } from './field-config.js';

const list = (name: string): FieldDefinition => ({ name, type: 'list', label: labelOf(name) });
const dict = (name: string): FieldDefinition => ({ name, type: 'dict', label: labelOf(name) });
const string = (name: string, ...options: string[]): FieldDefinition => ({
  name,
  type: 'string',
  label: labelOf(name),
  ...(options.length > 0 ? { options } : {}),
});

const labelOf = (name: string): string =>
  name.replace(/(^|_)([a-z])/g, (_, gap: string, letter: string) => (gap ? ' ' : '') + letter.toUpperCase());

/** The fields known out of the box (wire contract). */
export const builtInFieldConfig = (): FieldConfig => ({
  psychographic: {
    label: 'Psychographic',
    description: 'How the persona thinks',
    fields: [
      list('interests'),
      list('personal_values'),
      list('attitudes'),
      list('opinions'),
      string('lifestyle'),
      string('personality'),
    ],
  },
  behavioral: {
    label: 'Behavioral',
    description: 'What the persona does',
    fields: [
      list('browsing_habits'),
      list('purchase_history'),
      list('brand_interactions'),
      dict('device_usage'),
      dict('social_media_activity'),
      dict('content_consumption'),
    ],
  },
  contextual: {
    label: 'Contextual',
    description: 'The circumstances the persona is in',
    fields: [
      string('time_of_day', 'morning', 'afternoon', 'evening', 'night', 'all day'),
      string('day_of_week', 'weekday', 'weekend', 'all week'),
      string('season', 'spring', 'summer', 'fall', 'winter'),
      string('weather'),
      string('device_type', 'desktop', 'laptop', 'tablet', 'mobile'),
      string('browser_type', 'chrome', 'firefox', 'safari', 'edge'),
      string('screen_size'),
      string('connection_type', 'wifi', 'ethernet', '4g', '5g', '3g'),
    ],
  },
});
