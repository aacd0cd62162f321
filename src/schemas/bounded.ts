import type * as z from 'zod/mini';
import { isPlainObject } from './plain-data.js';
import { addIssue, customSchema, runSchema, typeMismatch } from './validators.js';

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
