import { ACCESS_DENIED, ToolInputError } from '../errors.js';
import type { FieldDefinitions } from '../fields.js';
import { toSingleLine } from '../sanitize-text.js';
import { SECTIONS, type Section } from '../sections.js';
import type { StoredPersona } from '../stored-persona.js';
import { EditError } from './edit-error.js';
import { planSection, type SectionEdit } from './plan.js';
import { restore } from './restore.js';

const MAX_REPORTED_PROBLEMS = 20;

/** Whether the edit names a field. */
export const isEdit = ({ data = {}, add = {}, remove = {} }: SectionEdit): boolean =>
  [data, add, remove].some((fields) => Object.keys(fields).length > 0);

/** Plans the writes of all sections. @throws {ToolInputError} with all problems. */
export function planSections(
  definitions: FieldDefinitions,
  editOf: (section: Section) => SectionEdit,
  stored?: StoredPersona,
): Partial<Record<Section, Record<string, unknown>>> {
  const plan: Partial<Record<Section, Record<string, unknown>>> = {};
  const problems: string[] = [];
  for (const section of SECTIONS) {
    const edit = editOf(section);
    if (!isEdit(edit)) continue;
    const storedSection = stored?.sections.get(section);
    if (!storedSection && (edit.add || edit.remove)) throw new ToolInputError(ACCESS_DENIED);
    const { values, problems: found } = planSection(
      definitions,
      section,
      edit,
      storedSection ?? { fields: {} },
    );
    if (Object.keys(values).length > 0) plan[section] = values;
    problems.push(...found);
  }
  if (problems.length === 0) return plan;
  const rest = problems.length - MAX_REPORTED_PROBLEMS;
  throw new ToolInputError(
    `Nothing was changed: ${problems.slice(0, MAX_REPORTED_PROBLEMS).join('; ')}${rest > 0 ? `; and ${rest} more` : ''}. get_persona_fields lists the fields of each section.`,
  );
}

/** Restores the stored name if a model writes it back as a result or a list showed it. */
export function toNewName(stored: string | undefined, name: string): string {
  if (stored !== undefined && isListedAs(stored, name)) return stored;
  try {
    return String(restore(stored, undefined, name, true));
  } catch (error) {
    if (error instanceof EditError) throw new ToolInputError(`Nothing was changed: name ${error.message}.`);
    throw error;
  }
}

const isListedAs = (stored: string, name: string): boolean =>
  name.length > 1 && name.endsWith('…') && toSingleLine(stored).startsWith(name.slice(0, -1));
