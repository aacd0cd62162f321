export const CATEGORIES = ['demographic', 'psychographic', 'behavioral', 'contextual'] as const;

/** The path of the list and, with an id, of a persona. */
export const PERSONAS_PATH = '/api/v1/personas';

/** A persona as a service sends it. */
export const PERSONA_BODY = {
  id: 1,
  name: 'Ada',
  created_at: '2026-11-22T06:29:29',
  updated_at: '2026-11-22T06:29:29',
};

export const PERSONA_JSON = JSON.stringify(PERSONA_BODY);

/** Returns the data of `count` personas with different names. */
export const makeItems = (count: number): { name: string }[] =>
  Array.from({ length: count }, (_, index) => ({ name: `Persona ${index}` }));
