import type { PersonaIssue } from '../core/errors/index.js';
import { isPromise } from '../core/is-promise.js';
import { copyPlainData } from '../schemas/plain-data.js';
import { unknownNameMessage } from '../schemas/suggest-name.js';

/**
 * A schema that implements Standard Schema version 1 (https://standardschema.dev): zod, Valibot, ArkType and others.
 */
export interface StandardSchema<Input = unknown, Output = unknown> {
  /** The properties of the standard. */
  readonly '~standard': {
    /** Version of the standard. */
    readonly version: 1;
    /** Name of the library. */
    readonly vendor: string;
    /** Checks a value, and returns its issues. */
    readonly validate: (value: unknown) => StandardResult | Promise<StandardResult>;
    /** The types of the schema. Absent at run time. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** Result of a {@link StandardSchema}. The value is valid if there are no `issues`. */
export interface StandardResult {
  /** Present if the value is valid. */
  readonly value?: unknown;
  /** What is wrong with the value. Absent if the value is valid. */
  readonly issues?:
    | readonly {
        readonly message: string;
        readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
      }[]
    | undefined;
}

/** Finds the fields that a schema reads or returns. Standard Schema cannot list its fields, so the values are validated again. */
export function findKnownFields(schema: StandardSchema, values: Record<string, unknown>): string[] {
  const known = new Set<string>();
  const recordKey = (key: PropertyKey) => {
    if (typeof key === 'string' && key !== 'then' && !(key in Object.prototype)) known.add(key);
  };
  const observed = new Proxy(copyPlainData(values), {
    get(target, key) {
      recordKey(key);
      return Reflect.get(target, key);
    },
    has(target, key) {
      recordKey(key);
      return key in target;
    },
  });
  let output: unknown = values;
  try {
    const result = schema['~standard'].validate(observed);
    if (isPromise<unknown>(result)) result.then(undefined, () => {});
    else output = Object(result).value;
  } catch {} // `findIssues` reports the error
  for (const name of Object.keys(values)) if (Object.hasOwn(Object(output), name)) known.add(name);
  return [...known];
}

interface SchemaIssue extends PersonaIssue {
  /** The unknown fields that a strict zod schema reports in one issue. */
  readonly unknownKeys?: readonly string[];
}

const MAX_PATH_LENGTH = 20;

/**
 * Reads the result of a schema, which may be anything, such as an instance of a class with getters.
 *
 * @returns the value, or at least one issue.
 */
export function readSchemaResult(
  result: unknown,
): { readonly value: unknown } | { readonly issues: readonly SchemaIssue[] } {
  const { issues, value } = Object(result) as { readonly issues?: unknown; readonly value?: unknown };
  if (Array.isArray(issues)) {
    const reason = { message: 'is rejected by its schema, without a reason' };
    return { issues: (issues.length > 0 ? issues : [reason]).map(toIssue) };
  }
  if (!issues && 'value' in Object(result)) return { value };
  const message = 'cannot be checked: its schema did not return a Standard Schema result';
  return { issues: [{ path: [], message }] };
}

function toIssue(issue: unknown): SchemaIssue {
  const { message, path, code, keys } = Object(issue);
  return {
    path: Array.isArray(path) ? path.slice(0, MAX_PATH_LENGTH).map(toPathKey) : [],
    message: typeof message === 'string' ? message.replace(/\s+/g, ' ') : 'is invalid',
    ...(code === 'unrecognized_keys' && Array.isArray(keys) && { unknownKeys: keys.map(String) }),
  };
}

function toPathKey(segment: unknown): string | number {
  const key: unknown = typeof segment === 'object' ? Object(segment).key : segment;
  return typeof key === 'number' ? key : String(key);
}

/** Returns the issues in the result of a schema, with one for each unknown field. */
export function findSchemaIssues(result: unknown, findFields: () => string[]): PersonaIssue[] {
  const outcome = readSchemaResult(result);
  if ('value' in outcome) return [];
  return outcome.issues.flatMap(({ path, message, unknownKeys }) => {
    if (!unknownKeys) return { path, message };
    const fields = path.length > 0 ? [] : findFields();
    return unknownKeys.map((key) => ({
      message: path.length > 0 ? 'is not known' : unknownNameMessage(key, fields),
      path: [...path, key],
    }));
  });
}
