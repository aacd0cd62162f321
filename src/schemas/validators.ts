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

/** Accepts the values for which `isValid` returns `true`. */
export const valueWhere = <Output>(isValid: (value: unknown) => boolean, message: string) =>
  customSchema<Output>((payload) => {
    if (!isValid(payload.value)) addIssue(payload, [], message);
  });

/** Accepts the numbers for which `isValid` returns `true`. */
export const numberWhere = (isValid: (value: number) => boolean, message: string) =>
  valueWhere<number>((value) => typeof value === 'number' && isValid(value), message);

/** Accepts the given values. */
export const oneOf = <const Value>(values: readonly Value[]) =>
  valueWhere<Value>((value) => values.includes(value as Value), `must be one of ${formatValues(values)}`);

export const boolean = () => oneOf([true, false]);

export const callable = () => valueWhere<never>((value) => typeof value === 'function', 'must be a function');

export const anyValue = () => customSchema<unknown>(() => {});

export const anyNumber = () =>
  customSchema<number>((payload) => {
    if (!Number.isFinite(payload.value)) addIssue(payload, [], typeMismatch('number', payload.value));
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

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Adds the issues that `findIssues` returns to those of the schema. Unlike {@link refine}, it runs on the input, even if a field has a
 * wrong type.
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
    addIssue(payload, [], `must be ${formatValues(values)} or an object of options`);
  });

const formatValues = (values: readonly unknown[]): string =>
  values.map((value) => JSON.stringify(value)).join(', ');

/** The path of an issue in an input, and its message. */
export type InputIssue = readonly [path: PropertyKey[], message: string];

/** Checks a value as a whole, if the schema accepts it. */
export const refine = <Output>(
  schema: z.ZodMiniType<Output, unknown>,
  findIssues: (value: Output) => Iterable<InputIssue>,
) =>
  customSchema<Output>((payload) => {
    applySchema(schema, payload);
    if (payload.issues.length > 0) return;
    for (const issue of findIssues(payload.value as Output)) addIssue(payload, ...issue);
  });

/** Adds an issue to the payload of a check. */
export const addIssue = ({ value, issues }: z.core.ParsePayload, ...[path, message]: InputIssue): number =>
  issues.push({ code: 'custom', path, message, input: value });

/**
 * Creates a schema from a function that adds issues to its payload, or replaces the value there. All schemas of this package are such
 * schemas: they need one class of zod, and each issue has its message.
 *
 * An invalid value is dropped. zod would throw for a promise, such as one that the caller forgot to await, and for a revoked proxy.
 */
export const customSchema = <Output>(check: (payload: z.core.ParsePayload) => void) =>
  z.transform((_, payload) => {
    check(payload);
    return payload.issues.length > 0 ? undefined : payload.value;
  }) as unknown as z.ZodMiniType<Output, unknown>;

/** Runs a schema, and returns the output and the issues. */
export const runSchema = <Output>(
  schema: z.ZodMiniType<Output, unknown>,
  value: unknown,
): { readonly value: Output; readonly issues: z.core.$ZodRawIssue[] } =>
  schema._zod.run({ value, issues: [] }, {}) as z.core.ParsePayload<Output>;

/** Runs a schema within a check: replaces the value of the payload, and adds the issues. */
export function applySchema(schema: z.ZodMiniType<unknown, unknown>, payload: z.core.ParsePayload): void {
  const parsed = runSchema(schema, payload.value);
  payload.issues.push(...parsed.issues);
  payload.value = parsed.value;
}

export const typeMismatch = (expected: string, value: unknown): string =>
  `must be ${withArticle(expected)}, not ${typeName(value)}`;

function typeName(value: unknown): string {
  if (value === undefined || value === null || (typeof value === 'number' && !Number.isFinite(value)))
    return String(value);
  return withArticle(Array.isArray(value) ? 'array' : typeof value);
}

const withArticle = (noun: string): string => `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
