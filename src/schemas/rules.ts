import * as z from 'zod/mini';

/** Made when it is first asked for, as schemas are: making them all would take as long as loading the rest of our code. */
export const once = <Made>(make: () => Made): (() => Made) => {
  let made: Made | undefined;
  return () => (made ??= make());
};

/** A whole number within bounds, with a message that names them. */
export function whole(low: number, high = Number.MAX_SAFE_INTEGER, unit = '') {
  const message = `must be a whole number${unit} from ${low} to ${high}`;
  return z.int(message).check(z.gte(low, message), z.lte(high, message));
}

export const nonEmpty = once(() => z.string().check(z.minLength(1, 'must not be empty')));

export const flag = () => z.literal([true, false]);

/** Text of a certain form. */
export const text = (form: RegExp, message: string) => z.string().check(z.regex(form, message));

/** These and no others, and none of them needed. */
export const optional = (shape: Readonly<Record<string, z.ZodMiniType>>) =>
  z.strictObject(Object.fromEntries(Object.entries(shape).map(([name, one]) => [name, z.optional(one)])));

/** A rule about a value as a whole: what breaks it, and where. */
export const rule = <Value>(
  broken: (value: Value) => Iterable<readonly [path: PropertyKey[], message: string]>,
) =>
  z.check<Value>(({ value, issues }) => {
    for (const [path, message] of broken(value)) issues.push({ code: 'custom', path, message, input: value });
  });

/** What is said where nothing better is known. */
export const REFUSED = 'Invalid input';

/** A value of another type than it should be. */
export const unexpected = (expected: string, value: unknown): string =>
  `${REFUSED}: expected ${expected}, received ${kindOf(value)}`;

function kindOf(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
}
