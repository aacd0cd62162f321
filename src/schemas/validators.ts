import * as z from 'zod/mini';

/**
 * Accepts an integer within bounds. The message names the bounds.
 *
 * @param unit follows "a whole number" in the message, for example `' of milliseconds'`.
 */
export function integer(min: number, max = Number.MAX_SAFE_INTEGER, unit = '') {
  return numberWhere(
    (value) => Number.isSafeInteger(value) && value >= min && value <= max,
    `must be a whole number${unit} from ${min} to ${max}`,
  );
}

/** Accepts the numbers for which `isValid` returns `true`. */
export const numberWhere = (isValid: (value: number) => boolean, message: string) =>
  customSchema<number>((payload) => {
    const { value } = payload;
    if (typeof value !== 'number' || !isValid(value)) addIssue(payload, [], message);
  });

/** Accepts strings. `findProblem` returns the message for an invalid one. */
export const stringSchema = (findProblem: (value: string) => string | undefined) =>
  customSchema<string>((payload) => {
    const { value } = payload;
    const message = typeof value === 'string' ? findProblem(value) : typeMismatch('string', value);
    if (message !== undefined) addIssue(payload, [], message);
  });

export const anyString = () => stringSchema(() => undefined);

export const nonEmpty = () => stringSchema((value) => (value === '' ? 'must not be empty' : undefined));

export const stringMatching = (pattern: RegExp, message: string) =>
  stringSchema((value) => (pattern.test(value) ? undefined : message));

/** Accepts a boolean. A literal keeps the schema class of `z.boolean()` out of the bundle. */
export const boolean = () => z.literal([true, false]);

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

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
export const refine =
  <Value>(findIssues: (value: Value) => Iterable<InputIssue>) =>
  (payload: z.core.ParsePayload<Value>): void => {
    for (const issue of findIssues(payload.value)) addIssue(payload, ...issue);
  };

/** Adds an issue to the payload of a check. */
export const addIssue = ({ value, issues }: z.core.ParsePayload, ...[path, message]: InputIssue): number =>
  issues.push({ code: 'custom', path, message, input: value });

/**
 * Creates a schema from a function that adds issues to its payload, or replaces the value there.
 *
 * An invalid value is dropped. zod would throw for a promise, such as one that the caller forgot to await, and for a revoked proxy.
 */
export const customSchema = <Output>(check: (payload: z.core.ParsePayload) => void) =>
  z.transform((_, payload) => {
    check(payload);
    return payload.issues.length > 0 ? undefined : payload.value;
  }) as unknown as z.ZodMiniType<Output, unknown>;

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
