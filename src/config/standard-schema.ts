import type { PersonaIssue } from '../core/errors/index.js';
import { isPromise } from '../core/is-promise.js';
import { copyPlainData } from '../schemas/plain-data.js';
import { unknownNameMessage } from '../schemas/suggest-name.js';

/**
 * A schema that implements Standard Schema version 1 (https://standardschema.dev): zod, Valibot, ArkType and others.
 */
export interface StandardSchema<Input = unknown, Output = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    /** Checks a value, and returns its issues. */
    readonly validate: (value: unknown) => StandardResult | Promise<StandardResult>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** Result of a {@link StandardSchema}. The value is valid if there are no `issues`. */
export interface StandardResult {
  /** Present if the value is valid. */
  readonly value?: unknown;
  readonly issues?:
    | readonly {
        readonly message: string;
        readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
      }[]
    | undefined;
}

/** Validates once more, and observes which fields the schema reads. Standard Schema has no method that lists the fields. */
export function findKnownFields(schema: StandardSchema, values: Record<string, unknown>): string[] {
  const known = new Set<string>();
  const note = (key: PropertyKey) => {
    if (typeof key === 'string' && key !== 'then' && !(key in Object.prototype)) known.add(key);
  };
  const observed = new Proxy(copyPlainData(values), {
    get(target, key) {
      note(key);
      return Reflect.get(target, key);
    },
    has(target, key) {
      note(key);
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

/**
 * Reads the result of a schema, which may have any type. Returns one issue for each unknown field that a strict zod schema
 * reports.
 */
export function findSchemaIssues(result: unknown, findFields: () => string[]): PersonaIssue[] {
  const { issues } = Object(result);
  if (!issues ? !('value' in Object(result)) : !Array.isArray(issues))
    return [{ path: [], message: 'cannot be checked: its schema did not return a Standard Schema result' }];
  return (issues ?? []).flatMap((issue: unknown): PersonaIssue | PersonaIssue[] => {
    const { message, path: rawPath, code, keys } = Object(issue);
    const path = Array.isArray(rawPath) ? rawPath.map(toPathKey) : [];
    if (code !== 'unrecognized_keys' || !Array.isArray(keys))
      return { message: typeof message === 'string' ? message.replace(/\s+/g, ' ') : 'is invalid', path };
    const fields = path.length > 0 ? [] : findFields();
    return keys.map((key) => ({
      message: path.length > 0 ? 'is not known' : unknownNameMessage(String(key), fields),
      path: [...path, String(key)],
    }));
  });
}

function toPathKey(segment: unknown): string | number {
  const key: unknown = typeof segment === 'object' ? Object(segment).key : segment;
  return typeof key === 'number' ? key : String(key);
}
