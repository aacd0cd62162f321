import { createHash } from 'node:crypto';
import {
  type Category,
  type FieldConfig,
  type FieldDefinition,
  type Persona,
  type PersonaCreate,
  type PersonaIssue,
  type PersonaUpdate,
  PersonaValidationError,
} from 'persona-client';
import { parseList, parseMap, parseNumber, renderEntries, toSubmittedText } from './entries.js';

/** A category of a persona, as pages and forms show it. */
export interface Section {
  readonly category: Category;
  readonly label: string;
  readonly description: string;
  readonly fields: readonly Field[];
}

export interface Field extends Pick<FieldDefinition, 'name' | 'type' | 'options'> {
  readonly label: string;
  readonly numeric?: boolean;
}

/** Form values by input name, such as `name` or `demographic.age`. */
export type FormValues = Readonly<Record<string, string>>;

const DEMOGRAPHIC: Section = {
  category: 'demographic',
  label: 'Demographic',
  description: 'Who the persona is',
  fields: [
    { name: 'age', type: 'string', label: 'Age', numeric: true },
    { name: 'gender', type: 'string', label: 'Gender' },
    { name: 'occupation', type: 'string', label: 'Occupation' },
    { name: 'education', type: 'string', label: 'Education' },
    { name: 'income', type: 'string', label: 'Income' },
    { name: 'city', type: 'string', label: 'City' },
    { name: 'region', type: 'string', label: 'Region' },
    { name: 'country', type: 'string', label: 'Country' },
    { name: 'language', type: 'string', label: 'Language' },
    { name: 'latitude', type: 'string', label: 'Latitude', numeric: true },
    { name: 'longitude', type: 'string', label: 'Longitude', numeric: true },
  ],
};

/** Returns the fixed demographic fields, followed by the configured fields of the deployment. */
export function buildSections(config: FieldConfig): readonly Section[] {
  const configured = (['psychographic', 'behavioral', 'contextual'] as const).flatMap(
    (category): Section[] => {
      const categoryConfig = config[category];
      if (!categoryConfig) return [];
      const { label = category, description = '', fields } = categoryConfig;
      const labeledFields = fields.map((field) => ({ ...field, label: field.label ?? field.name }));
      return [{ category, label, description, fields: labeledFields }];
    },
  );
  return [DEMOGRAPHIC, ...configured];
}

export const inputName = ({ category }: Section, { name }: Field): string => `${category}.${name}`;

/** Converts a persona to form values. */
export function toFormValues(persona: Partial<Persona>, sections: readonly Section[]): FormValues {
  const entries = sections.flatMap((section) =>
    section.fields.map((field) => [
      inputName(section, field),
      renderEntries(readField(persona, section, field)).join('\n'),
    ]),
  );
  return { name: toSubmittedText(persona.name ?? ''), ...Object.fromEntries(entries) };
}

/** The prefix of the hidden inputs that contain digests of the initial values of a form. */
export const OPENED = 'opened.';

/** Returns the values of a form that edits a persona, and a digest of each value. The digests later show which values changed. */
export function openForm(persona: Persona, sections: readonly Section[]): FormValues {
  const values = toFormValues(persona, sections);
  const digests = Object.entries(values).map(([input, text]) => [OPENED + input, digest(text)]);
  return { ...values, ...Object.fromEntries(digests) };
}

/** The prefix of the hidden inputs with the stored values of the fields that both users have changed. */
export const STORED = 'stored.';
/** The prefix of the inputs with the choice between both values of such a field: `stored` or `mine`. */
export const CHOICE = 'choice.';

/**
 * Opens a form again with the current persona and the changes of the user. If the other user has changed the same field, the form
 * contains both values, and saving needs a choice.
 */
export function reopenForm({ values, sections }: SubmittedForm, persona: Persona): FormValues {
  const stored = toFormValues(persona, sections);
  const changed = Object.entries(values).filter(
    ([input, text]) => input in stored && text !== stored[input] && !isAsOpened(values, input),
  );
  const both = changed.filter(([input]) => values[OPENED + input] !== digest(stored[input] ?? ''));
  return {
    ...openForm(persona, sections),
    ...Object.fromEntries(changed),
    ...Object.fromEntries(both.map(([input]) => [STORED + input, stored[input] ?? ''])),
  };
}

/** Returns the inputs of the fields that both users have changed. */
export const findConflicts = (values: FormValues): string[] =>
  Object.keys(values).flatMap((name) => (name.startsWith(STORED) ? [name.slice(STORED.length)] : []));

/**
 * Leaves out the fields whose stored values the user has chosen to keep.
 *
 * @throws {PersonaValidationError} if the user has not chosen.
 */
export function applyChoices(form: SubmittedForm): SubmittedForm {
  const conflicts = findConflicts(form.values);
  const undecided = conflicts.filter(
    (input) => !['stored', 'mine'].includes(form.values[CHOICE + input] ?? ''),
  );
  if (undecided.length > 0)
    throw new PersonaValidationError('Both versions of a field are still open', {
      issues: undecided.map((input) => ({ path: input.split('.'), message: BOTH_CHANGED })),
    });
  const kept = conflicts.filter((input) => form.values[CHOICE + input] === 'stored');
  const values = Object.entries(form.values).filter(([input]) => !kept.includes(input));
  return { ...form, values: Object.fromEntries(values) };
}

export const BOTH_CHANGED = 'Somebody else has changed this, too. Choose the value to save';

const isAsOpened = (values: FormValues, input: string): boolean =>
  values[OPENED + input] === digest(values[input] ?? '');

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url');

const readField = (persona: Partial<Persona>, { category }: Section, { name }: Field): unknown =>
  new Map(Object.entries(persona[category] ?? {})).get(name);

/** A submitted form. */
interface SubmittedForm {
  readonly values: FormValues;
  readonly sections: readonly Section[];
}

/**
 * Reads the changes of the user. A field has changed if its text differs from the initial text of the form, and from the text of
 * the stored value. A field that the form does not contain has not changed.
 *
 * The client validates the values before it sends them.
 *
 * @param stored the persona as stored, or `{}` for a new one.
 * @throws {PersonaValidationError} if a field cannot be parsed.
 */
export function readChanges({ values, sections }: SubmittedForm, stored: Partial<Persona>): PersonaUpdate {
  const issues: PersonaIssue[] = [];
  const { name } = values;
  const isRenamed =
    name !== undefined && name !== toSubmittedText(stored.name ?? '') && !isAsOpened(values, 'name');
  const data: Record<string, unknown> = isRenamed ? { name } : {};
  for (const section of sections) {
    const changed: Record<string, unknown> = {};
    for (const field of section.fields) {
      const input = inputName(section, field);
      const text = values[input];
      const value = readField(stored, section, field);
      if (text === undefined || text === renderEntries(value).join('\n') || isAsOpened(values, input))
        continue;
      const path = [section.category, field.name];
      const onIssue = (message: string) => void issues.push({ path, message });
      if (field.type === 'list') changed[field.name] = parseList(text, value);
      else if (field.type === 'dict') changed[field.name] = parseMap(text, value, onIssue);
      else changed[field.name] = parseText(section, field, text);
    }
    if (Object.keys(changed).length > 0) data[section.category] = changed;
  }
  if (issues.length > 0) throw new PersonaValidationError('The form could not be parsed', { issues });
  return data;
}

/** Reads a form for a new persona. */
export const readDraft = (form: SubmittedForm): PersonaCreate => ({
  name: form.values.name ?? '',
  ...readChanges(form, {}),
});

function parseText({ category }: Section, { numeric }: Field, text: string): unknown {
  if (text === '' || (numeric && text.trim() === '')) return category === 'demographic' ? null : '';
  return numeric ? (parseNumber(text) ?? text) : text;
}

/** Groups messages by input name. Messages without an input use the key `''`. */
export function groupIssuesByInput(
  issues: readonly PersonaIssue[],
  sections: readonly Section[],
): FormValues {
  const inputs = new Set([
    'name',
    ...sections.flatMap((section) => section.fields.map((field) => inputName(section, field))),
  ]);
  const messages: Record<string, string> = {};
  for (const { path, message } of issues) {
    const input = [path.slice(0, 2).join('.'), `${path[0]}`].find((name) => inputs.has(name)) ?? '';
    const text = input === '' && path.length > 0 ? `${path.join('.')}: ${message}` : message;
    messages[input] = messages[input] === undefined ? text : `${messages[input]}; ${text}`;
  }
  return messages;
}
