import type { AttributeCategory, FieldConfig, FieldDefinition } from '../index.js';

const CATEGORIES: readonly AttributeCategory[] = ['psychographic', 'behavioral', 'contextual'];

/** A TypeScript module with types and schemas for a deployment's fields, ready for the client option `attributes`. */
export function typegen(config: FieldConfig): string {
  const known = CATEGORIES.filter((category) => Object.hasOwn(config, category));
  return `${[
    '// The fields of one Persona Service, written by `persona-client typegen`: write it anew rather than edit it.',
    "import { defineAttributes } from 'persona-client';\nimport * as z from 'zod/mini';",
    ...known.map((category) => categoryOf(category, config[category] ?? { fields: [] })),
    `/** For \`new PersonaClient({ attributes })\`. */\nexport const attributes = defineAttributes({${known.map((name) => `\n  ${name},`).join('')}${known.length > 0 ? '\n' : ''}});`,
  ].join('\n\n')}\n`;
}

function categoryOf(category: AttributeCategory, { description, fields }: FieldConfig[string]): string {
  const distinct = [...new Map(fields.map((field) => [field.name, field])).values()];
  const type = category.charAt(0).toUpperCase() + category.slice(1);
  return [
    ...commentOf('', description),
    `export const ${category} = z.object({`,
    ...distinct.flatMap((field) => [
      ...commentOf('  ', field.description || field.label),
      `  ${keyOf(field.name)}: z.optional(${schemaOf(field)}),`,
    ]),
    '});',
    `export type ${type} = z.input<typeof ${category}>;`,
  ].join('\n');
}

/** As the service checks it: a list of anything where it has no options. */
function schemaOf({ type, options = [] }: FieldDefinition): string {
  const distinct = [...new Set(options)];
  const text =
    distinct.length > 0 ? `z.enum([${distinct.map((option) => quoted(option)).join(', ')}])` : 'z.string()';
  if (type === 'list') return `z.array(${text})`;
  if (type === 'dict') return 'z.record(z.string(), z.string())';
  return type === 'string' ? text : 'z.json()';
}

const quoted = (text: string): string =>
  `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');

/** `__proto__: x` would set a prototype; in brackets it is a name like any other. */
function keyOf(name: string): string {
  if (name === '__proto__') return `['__proto__']`;
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);
}

const commentOf = (indent: string, text: string | undefined): string[] =>
  text ? [`${indent}/** ${text.replace(/\s+/g, ' ').replaceAll('*/', '* /')} */`] : [];
