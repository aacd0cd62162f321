import { coerce } from '../coerce.js';
import type { FieldDefinitions } from '../fields.js';
import { MARK_KEY, parseMapMark } from '../marks.js';
import type { SectionData } from '../persona-view.js';
import { toSingleLine, truncate } from '../sanitize-text.js';
import type { Section } from '../sections.js';
import { addTo, removeFrom } from './add-remove.js';
import { EditError } from './edit-error.js';
import { toKey } from './entry-finder.js';
import { restore } from './restore.js';
import { SectionFields, type StoredSection } from './section-fields.js';

/** What a model wants to change in a section. */
export interface SectionEdit {
  /** New values of fields. `null` clears a field. */
  readonly data?: SectionData | undefined;
  /** Entries to add to lists and maps. */
  readonly add?: SectionData | undefined;
  /** Entries to remove from lists, and keys to remove from maps. */
  readonly remove?: SectionData | undefined;
  /** Whether `data` may discard stored data that the model did not see. */
  readonly replace: boolean;
}

/** The fields to write. Fields that would not change are not included. */
export interface SectionPlan {
  readonly values: Record<string, unknown>;
  /** Why the edit must not be applied. Empty if it may. */
  readonly problems: readonly string[];
}

const MAX_LABEL_LENGTH = 100;
const toLabel = (name: string): string => truncate(toSingleLine(name), MAX_LABEL_LENGTH);

const LIST_OR_OBJECT = { anyOf: [{ type: 'array' }, { type: 'object' }] };
/** Plans the write of a section, without sending anything. */
export function planSection(
  definitions: FieldDefinitions,
  section: Section,
  { data = {}, add = {}, remove = {}, replace }: SectionEdit,
  stored: StoredSection,
): SectionPlan {
  const fields = new SectionFields(definitions, section, stored);
  const values = new Map<string, unknown>();
  const problems: string[] = [];

  function plan(edits: SectionData, apply: (name: string, edit: unknown) => unknown) {
    for (const [shownName, edit] of Object.entries(edits)) {
      if (shownName === MARK_KEY && parseMapMark(edit) !== undefined) continue; // other fields keep their values
      const name = fields.findName(shownName);
      const label = toLabel(name ?? shownName);
      try {
        if (name === undefined) problems.push(`${section}: Unrecognized key: ${JSON.stringify(label)}`);
        else values.set(name, apply(name, edit));
      } catch (error) {
        if (!(error instanceof EditError)) throw error;
        problems.push(`${section}.${label}: ${error.message}`);
      }
    }
  }

  /** The value before an `add` or `remove`. */
  function read(name: string): unknown {
    if (Object.keys(data).some((shownName) => fields.findName(shownName) === name))
      throw new EditError('has a new value, so add and remove cannot change it as well');
    if (stored.invalidFields?.includes(name))
      throw new EditError('has a stored value that is invalid. Set it to a new value');
    if (stored.isRedacted?.(name))
      throw new EditError('has a stored value that this server must not show. Set it to a new value');
    return values.has(name) ? values.get(name) : fields.read(name);
  }

  plan(data, (name, written) =>
    restore(fields.read(name), fields.view(name), fields.toDefined(name, written), replace),
  );
  plan(add, (name, added) =>
    addTo(read(name), fields.view(name), fields.toDefined(name, added), fields.isList(name)),
  );
  plan(remove, (name, removed) => removeFrom(read(name), coerce(LIST_OR_OBJECT, removed)));

  const changes = [...values].filter(
    ([name, value]) => toKey(value ?? undefined) !== toKey(fields.read(name)),
  );
  problems.push(
    ...changes.flatMap(([name, value]) =>
      fields.findIssues(name, value).map((issue) => `${section}.${toLabel(name)}: ${issue}`),
    ),
  );
  return { values: Object.fromEntries(changes), problems };
}
