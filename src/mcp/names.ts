/** The parts of a persona. */
export const SECTIONS = ['demographic', 'psychographic', 'behavioral', 'contextual'] as const;
export type Section = (typeof SECTIONS)[number];

/** Columns of `demographic` that hold text (wire contract). */
export const DEMOGRAPHIC_TEXTS = [
  'language',
  'country',
  'city',
  'region',
  'gender',
  'education',
  'income',
  'occupation',
] as const;

export const DEMOGRAPHIC_COLUMNS = ['latitude', 'longitude', 'age', ...DEMOGRAPHIC_TEXTS] as const;
