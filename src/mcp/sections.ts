/** The sections of a persona. Tools and resources call them sections; the SDK calls them categories. */
export const SECTIONS = ['demographic', 'psychographic', 'behavioral', 'contextual'] as const;
export type Section = (typeof SECTIONS)[number];

/** The text fields of `demographic`. The service defines them; a deployment cannot change them. */
export const DEMOGRAPHIC_TEXT_FIELDS = [
  'language',
  'country',
  'city',
  'region',
  'gender',
  'education',
  'income',
  'occupation',
] as const;

export const DEMOGRAPHIC_FIELDS = ['latitude', 'longitude', 'age', ...DEMOGRAPHIC_TEXT_FIELDS] as const;
