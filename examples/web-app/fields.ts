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

/** A part of a persona, as pages and forms show it. */
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

/** A form's values by the name of their input: `name`, `demographic.age`. */
export type Values = Readonly<Record<string, string>>;

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

/** The fixed columns, then what this deployment's field-config says. */
export function sectionsOf(config: FieldConfig): readonly Section[] {
  const configured = (['psychographic', 'behavioral', 'contextual'] as const).flatMap(
    (category): Section[] => {
      const found = config[category];
      if (!found) return [];
      const { label = category, description = '', fields } = found;
      const labelled = fields.map((field) => ({ ...field, label: field.label ?? field.name }));
      return [{ category, label, description, fields: labelled }];
    },
  );
  return [DEMOGRAPHIC, ...configured];
}

export const inputName = ({ category }: Section, { name }: Field): string => `${category}.${name}`;

/** What a form shows of a persona. */
export function valuesOf(persona: Persona, sections: readonly Section[]): Values {
  const entries = sections.flatMap((section) =>
    section.fields.map((field) => [inputName(section, field), textOf(fieldOf(persona, section, field))]),
  );
  return { name: persona.name, ...Object.fromEntries(entries) };
}

const fieldOf = (persona: Persona, { category }: Section, { name }: Field): unknown =>
  new Map(Object.entries(persona[category] ?? {})).get(name);

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.join('\n');
  if (typeof value === 'object')
    return Object.entries(value)
      .map(([key, entry]) => `${key}: ${entry}`)
      .join('\n');
  return String(value);
}

/** A form that was sent in. */
interface Filled {
  readonly values: Values;
  readonly sections: readonly Section[];
}

/**
 * What a form asks to write: the fields that differ from `before`, and nothing that was left alone.
 * Whether the values are allowed is for the client to judge, which it does before anything is sent.
 *
 * @throws {PersonaValidationError} when a field cannot be read at all.
 */
export function changesIn({ values, sections }: Filled, before: Values): PersonaUpdate {
  const issues: PersonaIssue[] = [];
  const data: Record<string, unknown> = values.name === before.name ? {} : { name: values.name };
  for (const section of sections) {
    const changed: Record<string, unknown> = {};
    for (const field of section.fields) {
      const input = inputName(section, field);
      const text = values[input] ?? '';
      if (text === (before[input] ?? '')) continue;
      if (field.type === 'dict' && !linesOf(text).every((line) => line.includes(':')))
        issues.push({
          path: [section.category, field.name],
          message: 'write one “name: value” in each line',
        });
      changed[field.name] = parsed(section, field, text);
    }
    if (Object.keys(changed).length > 0) data[section.category] = changed;
  }
  if (issues.length > 0) throw new PersonaValidationError('The form cannot be read', { issues });
  return data;
}

/** What a form for a new persona asks to write. */
export const draftIn = (form: Filled): PersonaCreate => ({
  name: form.values.name ?? '',
  ...changesIn(form, {}),
});

const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

function parsed({ category }: Section, { type, numeric }: Field, text: string): unknown {
  if (type === 'list') return linesOf(text);
  if (type === 'dict')
    return Object.fromEntries(
      linesOf(text).map((line) => {
        const [key = '', ...rest] = line.split(':');
        return [key.trim(), rest.join(':').trim()];
      }),
    );
  if (text === '') return category === 'demographic' ? null : '';
  return numeric && !Number.isNaN(Number(text)) ? Number(text) : text;
}

/** Messages by the name of the input they belong to; what belongs to none stands under `''`. */
export function issuesByInput(issues: readonly PersonaIssue[], sections: readonly Section[]): Values {
  const inputs = new Set([
    'name',
    ...sections.flatMap((section) => section.fields.map((field) => inputName(section, field))),
  ]);
  const found: Record<string, string> = {};
  for (const { path, message } of issues) {
    const input = [path.slice(0, 2).join('.'), `${path[0]}`].find((one) => inputs.has(one)) ?? '';
    const text = input === '' && path.length > 0 ? `${path.join('.')}: ${message}` : message;
    found[input] = found[input] === undefined ? text : `${found[input]}; ${text}`;
  }
  return found;
}
