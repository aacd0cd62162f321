import { isPlainObject } from '../schemas/plain-data.js';

/** A JSON Schema. */
type Schema = Readonly<Record<string, unknown>>;

/**
 * Converts arguments that a model sent in another form, if their meaning is clear: `"1"` for a number, JSON text for an
 * object or a list, and `null` for an optional argument.
 */
export function coerce(schema: Schema, value: unknown): unknown {
  const branches = (schema.anyOf as Schema[] | undefined) ?? [schema];
  const types = branches.map(({ type }) => type);
  const parsed = typeof value === 'string' && !types.includes('string') ? parseAs(types, value) : value;
  if (Array.isArray(parsed)) {
    const { items } = branches.find(({ type }) => type === 'array') ?? {};
    return items === undefined ? parsed : parsed.map((item) => coerce(items as Schema, item));
  }
  const objectBranch = branches.find(({ type }) => type === 'object');
  return isPlainObject(parsed) && objectBranch ? coerceProperties(objectBranch, parsed) : parsed;
}

const NUMBER_PATTERN = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;

/** Parses the text if its JSON has one of the types. `01`, `1e0` and numbers beyond 2^53 stay text. */
function parseAs(types: readonly unknown[], text: string): unknown {
  if (NUMBER_PATTERN.test(text)) {
    const isAccepted = types.includes('number') || types.includes('integer');
    return isAccepted && Math.abs(Number(text)) <= Number.MAX_SAFE_INTEGER ? Number(text) : text;
  }
  try {
    const value: unknown = JSON.parse(text);
    const type = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
    return type !== 'number' && types.includes(type) ? value : text;
  } catch {
    return text;
  }
}

function coerceProperties(schema: Schema, value: Readonly<Record<string, unknown>>): unknown {
  const properties = new Map(Object.entries((schema.properties as Record<string, Schema>) ?? {}));
  const required = (schema.required as readonly string[] | undefined) ?? [];
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, property]) => {
      const propertySchema = properties.get(key);
      if (propertySchema === undefined) return [[key, property]];
      const isLeftOut = property === null && !required.includes(key) && !acceptsNull(propertySchema);
      return isLeftOut ? [] : [[key, coerce(propertySchema, property)]];
    }),
  );
}

const acceptsNull = ({ anyOf, type }: Schema): boolean =>
  (type === undefined && anyOf === undefined) ||
  ((anyOf as Schema[] | undefined) ?? []).some((branch) => branch.type === 'null');
