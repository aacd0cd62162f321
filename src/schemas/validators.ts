import * as z from 'zod/mini';
import { once } from './once.js';
import { isPlainObject } from './plain-data.js';
import { unknownNameMessage } from './suggest-name.js';

/**
 * Accepts an integer within bounds. The message names the bounds.
 *
 * @param unit follows "a whole number" in the message, for example `' of milliseconds'`.
 */
export function integer(min: number, max = Number.MAX_SAFE_INTEGER, unit = '') {
  const message = `must be a whole number${unit} from ${min} to ${max}`;
  return z.int(message).check(z.gte(min, message), z.lte(max, message));
}

export const nonEmpty = once(() => z.string().check(z.minLength(1, 'must not be empty')));

/** Accepts a boolean. A literal keeps the schema class of `z.boolean()` out of the bundle. */
export const boolean = () => z.literal([true, false]);

export const stringMatching = (pattern: RegExp, message: string) =>
  z.string().check(z.regex(pattern, message));

type Shape = Readonly<Record<string, z.ZodMiniType>>;

/** Accepts any object but an array, and copies it. */
export const anyObject = once(() => z.looseObject({}));

/** Accepts an object with these fields, all of them optional, and rejects other fields. */
export const partialObject = (shape: Shape) =>
  exactObject(Object.fromEntries(Object.entries(shape).map(([name, field]) => [name, z.optional(field)])));

/** Accepts an object with these fields, and rejects other fields. */
export const exactObject = <const Fields extends Shape>(shape: Fields) =>
  withNames(Object.keys(shape), z.looseObject(shape));

/** Accepts an object with these fields, and keeps all others, also one named `__proto__`, which `z.looseObject` drops. */
export function openObject<const Fields extends Shape>(shape: Fields) {
  const schema = z.looseObject(shape);
  return customSchema<z.output<typeof schema>>((payload) => {
    const dropped = Object.getOwnPropertyDescriptor(Object(payload.value), '__proto__');
    applySchema(schema, payload);
    if (dropped) payload.value = { ...Object(payload.value), ['__proto__']: dropped.value };
  });
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Rejects an object with names other than these, and suggests the names that the caller may have meant. */
export const withNames = <Output>(names: readonly string[], schema: z.ZodMiniType<Output, unknown>) =>
  withIssues(schema, function* (value) {
    for (const name of Object.keys(value))
      if (!names.includes(name)) yield [[name], unknownNameMessage(name, names)];
  });

/**
 * Adds the issues that `findIssues` returns to those of the schema. Unlike {@link refine}, it also runs if a field has a wrong
 * type.
 */
export const withIssues = <Output>(
  schema: z.ZodMiniType<Output, unknown>,
  findIssues: (value: Readonly<Record<string, unknown>>) => Iterable<InputIssue>,
) =>
  customSchema<Output>((payload) => {
    const { value } = payload;
    if (isRecord(value)) for (const issue of findIssues(value)) addIssue(payload, ...issue);
    applySchema(schema, payload);
  });

/** Accepts the given values, and the objects that a schema accepts. The message for any other value lists the values. */
export const objectOr = (values: readonly unknown[], schema: z.ZodMiniType<unknown, unknown>) =>
  customSchema<unknown>((payload) => {
    const { value } = payload;
    if (values.includes(value)) return;
    if (isRecord(value)) return applySchema(schema, payload);
    const list = values.map((allowed) => JSON.stringify(allowed)).join(', ');
    addIssue(payload, [], `must be ${list} or an object of options`);
  });

/** The path of an issue in an input, and its message. */
export type InputIssue = readonly [path: PropertyKey[], message: string];

/** Checks a value as a whole. `findIssues` returns the path and the message of each issue. */
export const refine = <Value>(findIssues: (value: Value) => Iterable<InputIssue>) =>
  z.check<Value>((payload) => {
    for (const issue of findIssues(payload.value)) addIssue(payload, ...issue);
  });

/** Adds an issue to the payload of a check. */
export const addIssue = ({ value, issues }: z.core.ParsePayload, ...[path, message]: InputIssue): number =>
  issues.push({ code: 'custom', path, message, input: value });

/** Creates a schema from a function that adds issues to its payload, or replaces the value there. */
export const customSchema = <Output>(check: (payload: z.core.ParsePayload) => void) =>
  z.unknown().check(z.check(check)) as unknown as z.ZodMiniType<Output, unknown>;

/** Runs a schema within a check of another schema, which adds the messages and the paths of the issues. */
export const runSchema = <Output>(
  schema: z.ZodMiniType<Output, unknown>,
  value: unknown,
): { readonly value: Output; readonly issues: z.core.$ZodRawIssue[] } =>
  schema._zod.run({ value, issues: [] }, { jitless: true }) as z.core.ParsePayload<Output>;

/** Runs a schema within a check: replaces the value of the payload, and adds the issues. */
export function applySchema(schema: z.ZodMiniType<unknown, unknown>, payload: z.core.ParsePayload): void {
  const parsed = runSchema(schema, payload.value);
  payload.issues.push(...parsed.issues);
  payload.value = parsed.value;
}

/** The validation of a list or map stops after this many invalid entries. The rest would only cost time and memory. */
const MAX_INVALID_ENTRIES = 20;
const MAX_KEYS = 1_000;

/** Validates each element of an array. Stops after 20 invalid ones. */
export const boundedArray = <Element>(schema: z.ZodMiniType<Element, unknown>) =>
  containerSchema<Element[]>('array', Array.isArray, (list, { issues }) => {
    const entries = parseEntries(list.entries(), schema, issues);
    return entries.map(([, element]) => element);
  });

/**
 * Validates each value of an object with at most 1,000 keys. Stops after 20 invalid ones.
 *
 * @param toPathKey converts a key to the path of an issue, because a key of a response can be data.
 */
export const boundedRecord = <Value>(
  schema: z.ZodMiniType<Value, unknown>,
  toPathKey: (key: string) => string,
) =>
  containerSchema<Record<string, Value>>('object', isPlainObject, (map, payload) => {
    const entries = Object.entries(map);
    if (entries.length <= MAX_KEYS)
      return Object.fromEntries(parseEntries(entries, schema, payload.issues, toPathKey));
    addIssue(payload, [], `must have at most ${MAX_KEYS} keys`);
    return map;
  });

const containerSchema = <Container>(
  type: string,
  isContainer: (value: unknown) => boolean,
  parse: (container: Container, payload: z.core.ParsePayload) => Container,
) =>
  customSchema<Container>((payload) => {
    const { value } = payload;
    if (isContainer(value)) payload.value = parse(value as Container, payload);
    else addIssue(payload, [], typeMismatch(type, value));
  });

function parseEntries<Key extends PropertyKey, Value>(
  entries: Iterable<readonly [Key, unknown]>,
  schema: z.ZodMiniType<Value, unknown>,
  issues: z.core.$ZodRawIssue[],
  toPathKey: (key: Key) => PropertyKey = (key) => key,
): [Key, Value][] {
  const parsedEntries: [Key, Value][] = [];
  let invalidCount = 0;
  for (const [key, entry] of entries) {
    const parsed = runSchema(schema, entry);
    for (const issue of parsed.issues)
      issues.push({ ...issue, path: [toPathKey(key), ...(issue.path ?? [])] });
    if (parsed.issues.length > 0 && ++invalidCount === MAX_INVALID_ENTRIES) break;
    parsedEntries.push([key, parsed.value]);
  }
  return parsedEntries;
}

/** The message of an issue without a more specific message. */
export const INVALID_INPUT = 'Invalid input';

export const typeMismatch = (expected: string, value: unknown): string =>
  `must be ${withArticle(expected)}, not ${typeName(value)}`;

function typeName(value: unknown): string {
  if (value === undefined || value === null || (typeof value === 'number' && !Number.isFinite(value)))
    return String(value);
  return withArticle(Array.isArray(value) ? 'array' : typeof value);
}

const withArticle = (noun: string): string => `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
