import type { Category } from '../../schemas/categories.js';

/** A copy of `CATEGORIES`, because the bundler would put a shared module into a file that every page loads. */
const ROUTE_CATEGORIES: readonly Category[] = ['demographic', 'psychographic', 'behavioral', 'contextual'];

/** The id in a path such as `/personas/7/similar`. `undefined` if the path has none. Services read the digits of all scripts. */
export function findPersonaId([resource, id = '']: readonly string[]): number | undefined {
  const digits = id.replace(/\p{Nd}/gu, toAsciiDigit);
  return resource === 'personas' && /^0*[1-9]\d{0,14}$/.test(digits) ? Number(digits) : undefined;
}

/** Each script has ten consecutive characters as its digits, from zero to nine. */
function toAsciiDigit(digit: string): string {
  const code = digit.codePointAt(0) ?? 0;
  let start = code;
  while (/\p{Nd}/u.test(String.fromCodePoint(start - 1))) start--;
  return String((code - start) % 10);
}

/** The category that the response consists of. `undefined` for any other path. */
export function findCategory([resource, , ...rest]: readonly string[]): Category | undefined {
  const name = rest[0] === 'attributes' ? rest[1] : rest[0];
  return resource === 'personas' ? ROUTE_CATEGORIES.find((category) => category === name) : undefined;
}

/** The built-in operation with this route, whose access policy also applies. `undefined` if there is none. */
export function findOperation(method: string, segments: readonly string[]): string | undefined {
  const isRead = method === 'GET' || method === 'HEAD';
  const [resource, id, part] = segments;
  if (resource === 'field-config') return 'fieldConfig.get';
  if (resource === 'schema') return 'schema.get';
  if (resource !== 'personas') return undefined;
  const category = findCategory(segments);
  if (category) return `${category}.${isRead ? 'get' : 'update'}`;
  if (part !== undefined) return undefined;
  if (id === undefined) return isRead ? 'personas.list' : 'personas.create';
  if (method === 'DELETE') return 'personas.delete';
  return isRead ? 'personas.get' : 'personas.update';
}
