import type { AnyPersona } from './client-like.js';
import { allowsAny } from './client-like.js';
import type { StoredSection } from './edit/section-fields.js';
import { isPersonaError } from './errors.js';
import { OmittedData } from './omitted-data.js';
import { readFields, viewFields, viewPersona } from './persona-view.js';
import type { Section } from './sections.js';
import type { SharedState } from './shared-state.js';

/** The stored data that an edit is based on. */
export interface StoredPersona {
  /** `undefined` if the client may not read whole personas, or the service cannot return this one. */
  readonly persona: AnyPersona | undefined;
  /** Lacks the sections that the client may not read. */
  readonly sections: ReadonlyMap<Section, StoredSection>;
  /** A sentence about data that is omitted because it is invalid. */
  readonly omissionNote: string | undefined;
}

/** Reads the stored data of these sections, without the cache. Returns it as it is stored, and as a model sees it. */
export async function readStored(
  { client }: Pick<SharedState, 'client'>,
  id: number,
  sections: readonly Section[],
  signal: AbortSignal,
): Promise<StoredPersona> {
  const omittedData = new OmittedData();
  const options = { signal, cache: 'reload', onInvalidFields: omittedData.add } as const;
  const persona = allowsAny(client, ['personas.get'])
    ? await client.personas.get(id, options).catch(ignoreUnreadable)
    : undefined;
  const view = persona && viewPersona(persona);
  const stored = new Map<Section, StoredSection>();
  for (const section of sections) {
    if (!persona && !allowsAny(client, [`${section}.get`])) continue;
    const fields = readFields(id, persona ? persona[section] : await client[section].get(id, options));
    stored.set(section, {
      fields,
      view: view ? view.sections.get(section) : viewFields(fields),
      invalidFields: omittedData.fieldsOf(section),
      isRedacted: (field) => client.redacts?.(section, field) ?? false,
    });
  }
  return { persona, sections: stored, omissionNote: omittedData.note };
}

/** The option of an update that fails if another client has changed the persona since it was read. */
export const conditionOf = ({ persona }: StoredPersona): { ifUnmodifiedSince?: string } =>
  persona ? { ifUnmodifiedSince: persona.updated_at } : {};

/** The published service fails to read a persona with certain maps, but reads its sections. */
function ignoreUnreadable(error: unknown): undefined {
  if (isPersonaError(error) && ['server_error', 'invalid_response'].includes(error.code)) return undefined;
  throw error;
}
