import type { Category } from '../../schemas/categories.js';

/** The values of `CATEGORIES`. A copy, because a shared module would become a file that every page loads. */
const ROUTE_CATEGORIES: readonly Category[] = ['demographic', 'psychographic', 'behavioral', 'contextual'];

/** The id in a path such as `/personas/7/similar`. `undefined` if the path has none. */
export function findPersonaId([resource, id = '']: readonly string[]): number | undefined {
  return resource === 'personas' && /^0*[1-9]\d{0,14}$/.test(id) ? Number(id) : undefined;
}

/** The category whose data the response is. `undefined` for any other path. */
export function findCategory([resource, , ...rest]: readonly string[]): Category | undefined {
  const name = rest[0] === 'attributes' ? rest[1] : rest[0];
  return resource === 'personas' ? ROUTE_CATEGORIES.find((category) => category === name) : undefined;
}

/** The operation of this package that has the same route, so that its access policy applies. `undefined` if none has. */
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
