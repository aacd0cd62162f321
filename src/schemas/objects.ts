import type * as z from 'zod/mini';
import { once } from './once.js';
import { unknownNameMessage } from './suggest-name.js';
import { addIssue, applySchema, customSchema, isRecord, runSchema, typeMismatch } from './validators.js';

type Schema<Output = unknown> = z.ZodMiniType<Output, unknown>;

/**
 * Functions that create the schemas of fields. Each runs when an input first contains its field, because to create the
 * schemas of all options takes longer than a call.
 */
type FieldSchemas = Readonly<Record<string, () => Schema>>;
type OutputOf<Fields extends FieldSchemas> = { [Name in keyof Fields]: z.output<ReturnType<Fields[Name]>> };

/** Accepts an object with these fields, and keeps all others, also one named `__proto__`. */
export const openObject = <const Fields extends FieldSchemas>(fields: Fields) =>
  objectSchema(fields, (input) => ({ ...input }));

/** Accepts any object but an array, and copies it. */
export const anyObject = once(() => openObject({}));

/** Accepts an object with these fields, and omits all others. */
export const objectWith = <const Fields extends FieldSchemas>(fields: Fields) =>
  objectSchema(fields, () => ({}));

/** Like {@link partialObject}, but all fields are required. */
export const exactObject = <const Fields extends FieldSchemas>(fields: Fields) =>
  partialObject(fields, Object.keys(fields));

/**
 * Accepts an object with some of these fields, and rejects other fields. Omits fields that are `undefined`, so that a spread of the
 * output keeps defaults.
 *
 * @param required the names of the fields that are checked even if they are `undefined`. @default none
 */
export const partialObject = <const Fields extends FieldSchemas>(
  fields: Fields,
  required: readonly string[] = [],
) =>
  objectSchema(
    fields,
    (_, payload) => {
      addUnknownNames(payload, Object.keys(fields));
      return {};
    },
    required,
  );

/**
 * Accepts an object with these fields.
 *
 * @param startOutput creates the output, which then receives the fields.
 * @param required as for {@link partialObject}. @default all
 */
function objectSchema<Fields extends FieldSchemas>(
  fields: Fields,
  startOutput: (input: object, payload: z.core.ParsePayload) => Record<string, unknown>,
  required: readonly string[] = Object.keys(fields),
) {
  const entries = Object.entries(fields).map(([name, create]) => [name, once(create)] as const);
  return customSchema<OutputOf<Fields>>((payload) => {
    const { value: input, issues } = payload;
    if (!isRecord(input)) return addIssue(payload, [], typeMismatch('object', input));
    const output = startOutput(input, payload);
    for (const [name, getSchema] of entries) {
      const value = input[name];
      if (value === undefined && !required.includes(name)) continue;
      const parsed = runSchema(getSchema(), value);
      for (const issue of parsed.issues) issues.push({ ...issue, path: [name, ...(issue.path ?? [])] });
      if (name in input) output[name] = parsed.value;
    }
    payload.value = output;
  });
}

/**
 * Adds an issue for each name of an input that is not in `names`, and suggests the names that the caller may have meant.
 *
 * @throws what a getter of the input throws.
 */
export function addUnknownNames(payload: z.core.ParsePayload, names: readonly string[]): void {
  for (const [name] of isRecord(payload.value) ? Object.entries(payload.value) : [])
    if (!names.includes(name)) addIssue(payload, [name], unknownNameMessage(name, names));
}

/** Returns a function that creates a schema, which also accepts `undefined`. */
export const optional = <Output>(create: () => Schema<Output>) =>
  unless<Output | undefined>((value) => value === undefined, create);

/** Returns a function that creates a schema, which also accepts `undefined` and `null`. */
export const nullish = <Output>(create: () => Schema<Output>) =>
  unless<Output | undefined | null>((value) => value === undefined || value === null, create);

const unless =
  <Output>(isAccepted: (value: unknown) => boolean, create: () => Schema<Output>) =>
  () => {
    const getSchema = once(create);
    return customSchema<Output>((payload) => {
      if (!isAccepted(payload.value)) applySchema(getSchema(), payload);
    });
  };
