import { defaultFieldConfig } from '../../schemas/default-field-config.js';
import type { Persona, PersonaCreate } from '../../schemas/persona.js';

type Fields = Readonly<Record<string, unknown>>;

/** The keys of `DEMOGRAPHIC_FIELD_TYPES`. A copy, because `schemas/categories.ts` would add zod to the bundle of collections. */
const DEMOGRAPHIC_FIELDS = [
  'latitude',
  'longitude',
  'language',
  'country',
  'city',
  'region',
  'age',
  'gender',
  'education',
  'income',
  'occupation',
];
const ATTRIBUTE_CATEGORIES = ['psychographic', 'behavioral', 'contextual'] as const;

/**
 * Finds the persona that a create with this data most likely produced.
 *
 * A match contains all written values. The best match has the fewest other values, then the lowest id.
 */
export function findClosestMatch(personas: Iterable<Persona>, written: PersonaCreate): Persona | undefined {
  const categories = normalizeCategories(written);
  let closestMatch: { readonly persona: Persona; readonly valueCount: number } | undefined;
  for (const persona of personas) {
    const isMatch =
      persona.name === written.name &&
      categories.every(([name, value]) => includesData(persona[name], value));
    if (!isMatch) continue;
    const valueCount = countValues(persona);
    const isCloser =
      closestMatch === undefined ||
      valueCount < closestMatch.valueCount ||
      (valueCount === closestMatch.valueCount && persona.id < closestMatch.persona.id);
    if (isCloser) closestMatch = { persona, valueCount };
  }
  return closestMatch?.persona;
}

/** Converts the categories as the client does before sending: removes row ids, and splits `geolocation`. */
function normalizeCategories({ demographic, ...rest }: PersonaCreate) {
  return [
    ['demographic', demographic ? normalizeDemographic({ ...demographic }) : undefined],
    ...ATTRIBUTE_CATEGORIES.map((category) => {
      const fields = rest[category];
      return [category, fields && removeUnreadable(category, removeRowIds({ ...fields }))] as const;
    }),
  ] as readonly (readonly [(typeof ATTRIBUTE_CATEGORIES)[number] | 'demographic', Fields | undefined])[];
}

function normalizeDemographic(demographic: Fields): Fields {
  const [latitude, longitude] = String(demographic.geolocation ?? '').split(',');
  const coordinates =
    longitude === undefined ? {} : { latitude: Number(latitude), longitude: Number(longitude) };
  return Object.fromEntries(
    Object.entries({ ...demographic, ...coordinates }).filter(([name]) => DEMOGRAPHIC_FIELDS.includes(name)),
  );
}

function removeRowIds(fields: Fields): Fields {
  if (!Number.isSafeInteger(fields.persona_id)) return fields;
  const { id: _id, persona_id: _personaId, ...rest } = fields;
  return rest;
}

/**
 * Removes values whose type differs from that of their default field. `attributes` stores them, but the client omits them from
 * responses.
 */
function removeUnreadable(category: (typeof ATTRIBUTE_CATEGORIES)[number], fields: Fields): Fields {
  const types = new Map(defaultFieldConfig()[category]?.fields.map(({ name, type }) => [name, type]));
  return Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => HAS_TYPE[types.get(name) ?? '']?.(value) ?? true),
  );
}

const isText = (value: unknown): boolean => typeof value === 'string';
const HAS_TYPE: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: isText,
  list: (value) => Array.isArray(value) && value.every(isText),
  dict: (value) => !Array.isArray(value) && Object.values(Object(value)).every(isText),
};

/** Whether the stored value contains the written value. An absent or `null` written value matches any stored value. */
function includesData(stored: unknown, written: unknown): boolean {
  if (written === undefined || written === null) return true;
  if (typeof written !== 'object') return stored === written || isRounded(stored, written);
  const entries = Object.entries(written);
  if (typeof stored !== 'object' || stored === null) return entries.every(([, value]) => value == null);
  if (Array.isArray(written) && !(Array.isArray(stored) && stored.length === written.length))
    return Array.isArray(stored) && isTextOf(stored, written);
  return (
    entries.every(([key, value]) => includesData((stored as Fields)[key], value)) || isTextOf(stored, written)
  );
}

/** Some databases store a number with a fraction as a whole number. */
const isRounded = (stored: unknown, written: unknown): boolean =>
  typeof stored === 'number' &&
  typeof written === 'number' &&
  Number.isInteger(stored) &&
  Math.abs(stored - written) < 1;

/** Some services return the characters of the JSON text in place of a list. */
function isTextOf(stored: object, written: object): boolean {
  if (!Array.isArray(stored) || !stored.every((item) => typeof item === 'string')) return false;
  try {
    const decoded: unknown = JSON.parse(stored.join(''));
    return typeof decoded === 'object' && decoded !== null && includesData(decoded, written);
  } catch {
    return false;
  }
}

function countValues(stored: unknown): number {
  if (stored === undefined || stored === null) return 0;
  if (typeof stored !== 'object') return 1;
  return Object.values(stored).reduce((sum: number, value) => sum + countValues(value), 0);
}
