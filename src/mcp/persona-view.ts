import { omitRowKeys } from '../core/row-keys.js';
import type { AnyPersona } from './client-like.js';
import { fitToBudget, type Limits, showEntries, toShownKey, type View } from './fit-to-budget.js';
import { MARK_KEY } from './marks.js';
import { SECTIONS, type Section } from './sections.js';

export const MAX_PERSONA_BYTES = 20_000;
/** Limits of one field. They do not depend on other fields, so a field looks the same in all results. */
export const FIELD_LIMITS = { maxBytes: 3_000, maxEntries: 100, maxTextLength: 2_000 };

/** The fields of a section, without the keys of the database row. */
export type SectionData = Readonly<Record<string, unknown>>;

/** What a model sees of a persona. */
export interface PersonaView {
  readonly name: View;
  /** The sections that have data. Entries are the fields. */
  readonly sections: ReadonlyMap<Section, View>;
}

/** Shows each field within its own limit. Omits the fields that exceed the limit of the persona. */
export function viewPersona(persona: AnyPersona): PersonaView {
  const name = fitToBudget(persona.name, { maxBytes: MAX_PERSONA_BYTES });
  let bytes = name.bytes;
  const sections = new Map<Section, View>();
  for (const section of SECTIONS) {
    const fields = readFields(persona.id, persona[section]);
    if (Object.values(fields).every(isUnset)) continue;
    const view = viewFields(fields, MAX_PERSONA_BYTES - bytes);
    sections.set(section, view);
    bytes += view.bytes;
  }
  return { name, sections };
}

/** Shows the fields of one section that are set. */
export function viewFields(
  fields: SectionData,
  maxBytes = MAX_PERSONA_BYTES,
  limits: Limits = FIELD_LIMITS,
): View {
  const entries = new Map<string, View>();
  const shownKeys = new Set([MARK_KEY]);
  const setFields = Object.entries(fields).filter(([, value]) => !isUnset(value));
  let bytes = 0;
  for (const [field, value] of setFields) {
    const view = fitToBudget(value, limits);
    const size = view.bytes + field.length + 4;
    if (bytes + size > maxBytes || shownKeys.has(toShownKey(field))) continue;
    shownKeys.add(toShownKey(field));
    entries.set(field, view);
    bytes += size;
  }
  const isComplete =
    entries.size === setFields.length && [...entries.values()].every((view) => view.isComplete);
  return { shown: showEntries(entries, setFields.length, false), isComplete, entries, bytes };
}

const isUnset = (value: unknown): boolean => value === null || value === undefined;

/** Returns the fields of a section, without the keys of the database row. */
export const readFields = (personaId: number, section: object | null | undefined): SectionData =>
  omitRowKeys(personaId, section ?? {}) as SectionData;
