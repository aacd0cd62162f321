/** Values that belong to the tool or to the user. `null` has a meaning there. */
const OPAQUE_PARAMS: ReadonlySet<string> = new Set(['arguments', 'inputResponses']);
/** `params`, `capabilities`, and one capability. */
const MAX_NULL_DEPTH = 3;

/** Parses JSON, also after a byte order mark. Returns `undefined` for any other text. */
function parseTolerantly(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}

/** Parses a message, or a batch of messages, and omits their `null` params. Returns `undefined` if the text is not JSON. */
export function parseMessages(text: string): unknown {
  const value = parseTolerantly(text);
  return Array.isArray(value) ? value.map(omitNullParams) : omitNullParams(value);
}

/**
 * Omits the `null` members of a request's or notification's params. The schemas of the protocol reject them, but some
 * clients send `null` for a member that is not set.
 */
function omitNullParams(message: unknown): unknown {
  if (!isObject(message) || typeof message.method !== 'string' || !('params' in message)) return message;
  const { params, ...rest } = message;
  return params === null ? rest : { ...rest, params: omitNulls(params, MAX_NULL_DEPTH) };
}

function omitNulls(value: unknown, depth: number): unknown {
  if (!isObject(value) || depth === 0) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([name, member]) => [name, OPAQUE_PARAMS.has(name) ? member : omitNulls(member, depth - 1)]),
  );
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
