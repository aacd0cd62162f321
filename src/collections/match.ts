import type { Persona, PersonaCreate } from '../index.js';

type Fields = Readonly<Record<string, unknown>>;

const COLUMNS = [
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
const CATEGORIES = ['psychographic', 'behavioral', 'contextual'] as const;

/**
 * Of these personas the one that a create of this data has left: it holds all that was written, and the least besides.
 */
export function closest(personas: Iterable<Persona>, written: PersonaCreate): Persona | undefined {
  const parts = partsOf(written);
  let best: { readonly persona: Persona; readonly size: number } | undefined;
  for (const persona of personas) {
    if (persona.name !== written.name || !parts.every(([part, value]) => holds(persona[part], value)))
      continue;
    const size = sizeOf(persona);
    if (best === undefined || size < best.size || (size === best.size && persona.id < best.persona.id))
      best = { persona, size };
  }
  return best?.persona;
}

/** As it goes over the wire: what a persona read elsewhere carries of its old row is not written. */
function partsOf({ demographic, ...rest }: PersonaCreate) {
  return [
    ['demographic', demographic ? columnsOf(demographic as Fields) : undefined],
    ...CATEGORIES.map(
      (category) => [category, rest[category] ? fieldsOf(rest[category]) : undefined] as const,
    ),
  ] as readonly (readonly [(typeof CATEGORIES)[number] | 'demographic', Fields | undefined])[];
}

function columnsOf(demographic: Fields): Fields {
  const [latitude, longitude] = String(demographic.geolocation ?? '').split(',');
  const point = longitude === undefined ? {} : { latitude: Number(latitude), longitude: Number(longitude) };
  return Object.fromEntries(
    Object.entries({ ...demographic, ...point }).filter(([name]) => COLUMNS.includes(name)),
  );
}

function fieldsOf(fields: Fields): Fields {
  if (!Number.isSafeInteger(fields.persona_id)) return fields;
  const { id: _id, persona_id: _persona, ...rest } = fields;
  return rest;
}

/** All that was written stands there; what was not given, or null, may have become anything. */
function holds(stored: unknown, written: unknown): boolean {
  if (written === undefined || written === null) return true;
  if (typeof written !== 'object') return stored === written;
  const entries = Object.entries(written);
  if (typeof stored !== 'object' || stored === null) return entries.every(([, value]) => value == null);
  if (Array.isArray(written) && (!Array.isArray(stored) || stored.length !== written.length)) return false;
  return entries.every(([key, value]) => holds((stored as Fields)[key], value));
}

/** How many values it has. */
function sizeOf(stored: unknown): number {
  if (stored === undefined || stored === null) return 0;
  if (typeof stored !== 'object') return 1;
  return Object.values(stored).reduce((sum: number, value) => sum + sizeOf(value), 0);
}
