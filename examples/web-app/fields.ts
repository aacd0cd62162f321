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
export function toFormValues(persona: Persona, sections: readonly Section[]): FormValues {
  const entries = sections.flatMap((section) =>
    section.fields.map((field) => [
      inputName(section, field),
      renderEntries(readField(persona, section, field)).join('\n'),
    ]),
  );
  return { name: persona.name, ...Object.fromEntries(entries) };
}

const readField = (persona: Partial<Persona>, { category }: Section, { name }: Field): unknown =>
  new Map(Object.entries(persona[category] ?? {})).get(name);

/** The texts of a value in its form: one for each entry of a list or map, and one for anything else. */
function renderEntries(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.map(renderText);
  if (typeof value === 'object')
    return Object.entries(value).map(([key, entry]) => `${key}: ${renderText(entry)}`);
  return [String(value)];
}

const renderText = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? '');

/**
 * Returns a text as a browser submits it from a form: HTML has no NUL, no carriage return and no half of a surrogate pair.
 * Two texts are equal for the user if the results are equal.
 */
export const toSubmittedText = (text: string): string =>
  text
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll('\0', '\ufffd')
    .replaceAll(/\p{Cs}/gu, '\ufffd');

/** A submitted form. */
interface SubmittedForm {
  readonly values: FormValues;
  readonly sections: readonly Section[];
}

/**
 * Reads what the user has changed: the fields whose text differs from the one that the form submits for the stored value.
 *
 * The client validates the values before it sends them.
 *
 * @param stored the persona as stored, or `{}` for a new one.
 * @throws {PersonaValidationError} if a field cannot be parsed.
 */
export function readChanges({ values, sections }: SubmittedForm, stored: Partial<Persona>): PersonaUpdate {
  const issues: PersonaIssue[] = [];
  const { name = '' } = values;
  const data: Record<string, unknown> = name === toSubmittedText(stored.name ?? '') ? {} : { name };
  for (const section of sections) {
    const changed: Record<string, unknown> = {};
    for (const field of section.fields) {
      const text = values[inputName(section, field)] ?? '';
      const value = readField(stored, section, field);
      if (text === toSubmittedText(renderEntries(value).join('\n'))) continue;
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
  if (text === '') return category === 'demographic' ? null : '';
  return numeric && !Number.isNaN(Number(text)) ? Number(text) : text;
}

function parseList(text: string, stored: unknown): unknown[] {
  const entries = Array.isArray(stored) ? stored : [];
  const { before, lines, after } = findChangedLines(text, entries.map(renderText));
  return [...entries.slice(0, before), ...lines, ...entries.slice(after)];
}

function parseMap(text: string, stored: unknown, onIssue: (message: string) => void): object {
  const entries = Object.entries(Object(stored) as object);
  const { before, lines, after } = findChangedLines(text, renderEntries(stored));
  const changed = lines.map((line): [string, unknown] => {
    const [key = '', ...rest] = line.split(':');
    if (rest.length === 0) onIssue('write one “name: value” in each line');
    return [key.trim(), rest.join(':').trim()];
  });
  return Object.fromEntries([...entries.slice(0, before), ...changed, ...entries.slice(after)]);
}

/**
 * Finds the lines of a textarea that the user has changed. The entries before and after them stay as they are stored, also
 * those that a line cannot represent: empty ones, ones with spaces around them, and ones of several lines.
 *
 * @returns the changed lines that are not empty, and the range of entries that they replace.
 */
function findChangedLines(text: string, entries: readonly string[]) {
  const lines = text === '' ? [] : text.split('\n');
  const blocks = entries.map((entry) => toSubmittedText(entry).split('\n'));
  const isAt = (block: readonly string[], index: number) =>
    index >= 0 && block.every((line, offset) => lines[index + offset] === line);
  let [before, start] = [0, 0];
  for (let block = blocks[0]; block && isAt(block, start); block = blocks[before]) {
    start += block.length;
    before++;
  }
  let [after, end] = [entries.length, lines.length];
  for (let block = blocks[after - 1]; block && after > before; block = blocks[after - 1]) {
    if (end - block.length < start || !isAt(block, end - block.length)) break;
    end -= block.length;
    after--;
  }
  const changed = lines.slice(start, end).map((line) => line.trim());
  return { before, lines: changed.filter((line) => line !== ''), after };
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
