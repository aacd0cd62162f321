// Not a case: a small Persona Service in memory that responds as deployed services do, with the oddity of a case.
import { startStubService } from '../lib.mjs';

const CATEGORIES = ['demographic', 'psychographic', 'behavioral', 'contextual'];
const characters = (value) =>
  Array.isArray(value)
    ? [...JSON.stringify(value)]
    : value && typeof value === 'object'
      ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, characters(v)]))
      : value;
/**
 * Starts the service. Options:
 * - `json404`: unknown routes respond with JSON instead of HTML.
 * - `unreadable(row)`: the service stores the row and responds with 500. Lists omit it, but `total` counts it.
 * - `lists: 'characters'`: create, update and list return list columns as the characters of their JSON text.
 * - `before(request, rows)`: may return the response itself.
 * - `fields`: categories of the field config.
 */
export async function startStubPersonaService({
  dialect = 'attributes',
  json404 = dialect === 'subresource',
  unreadable = () => false,
  lists,
  before,
  fields = {},
} = {}) {
  const rows = new Map();
  let lastId = 0;
  let tick = 0;
  const nextTimestamp = () => {
    const timestamp = new Date(Date.now()).toISOString().slice(0, -1);
    tick = (tick + 1) % 1000;
    return `${timestamp}${String(tick).padStart(3, '0')}`;
  };
  const createError = (message, status = 500) => ({
    status,
    body: dialect === 'subresource' ? { message, status_code: status } : { error: message },
  });
  const toResponseBody = (row) => (lists === 'characters' ? characters(row) : row);
  const addRow = (input) => {
    const row = {
      demographic: null,
      psychographic: null,
      behavioral: null,
      contextual: null,
      ...structuredClone(input),
      id: ++lastId,
      created_at: nextTimestamp(),
    };
    row.updated_at = row.created_at;
    rows.set(lastId, row);
    return row;
  };
  const service = await startStubService((request) => {
    const earlyResponse = before?.(request, rows);
    if (earlyResponse) return earlyResponse;
    if (request.path === '/health')
      return { body: dialect === 'subresource' ? { status: 'healthy' } : { status: 'ok', version: '1.0.0' } };
    const input = request.body ? JSON.parse(request.body) : undefined;
    const [, id, , category] = /\/personas\/(\d+)(\/attributes)?(?:\/(\w+))?$/.exec(request.path) ?? [];
    const row = rows.get(Number(id));
    if (request.path.endsWith('/personas') && request.method === 'POST') {
      const created = addRow(input);
      return unreadable(created)
        ? createError('Failed to create persona')
        : { status: 201, body: toResponseBody(created) };
    }
    if (request.path.endsWith('/personas') && request.method === 'GET') {
      const sortedRows = [...rows.values()].sort((a, b) => (a.updated_at < b.updated_at ? 1 : -1));
      const pageNumber = Number(request.query.get('page') ?? 1);
      const size = Number(request.query.get('per_page') ?? 20);
      return {
        body: {
          personas: sortedRows
            .slice((pageNumber - 1) * size, pageNumber * size)
            .filter((r) => !unreadable(r))
            .map(toResponseBody),
          total: sortedRows.length,
          page: pageNumber,
          per_page: size,
          ...(dialect === 'attributes' && { pages: Math.ceil(sortedRows.length / size) }),
        },
      };
    }
    if (request.path.endsWith('/field-config') && dialect === 'attributes')
      return {
        body: {
          psychographic: { label: 'p', description: '', fields: [] },
          behavioral: { label: 'b', description: '', fields: [] },
          contextual: { label: 'c', description: '', fields: [] },
          ...fields,
        },
      };
    const isAttributesRoute = request.path.includes('/attributes/');
    const isKnownRoute =
      id &&
      (!category || (CATEGORIES.includes(category) && isAttributesRoute === (dialect === 'attributes')));
    if (!isKnownRoute)
      return json404
        ? { status: 404, body: { message: 'Not found', status_code: 404 } }
        : {
            status: 404,
            headers: { 'content-type': 'text/html' },
            body: '<!doctype html><title>404 Not Found</title>',
          };
    if (!row) return createError(`Persona with ID ${id} not found`, 404);
    if (request.method === 'GET')
      return category
        ? { body: row[category] ?? {} }
        : unreadable(row)
          ? createError('Failed to retrieve persona')
          : { body: row };
    if (request.method === 'DELETE') {
      rows.delete(row.id);
      return { body: { message: `Persona ${id} deleted successfully` } };
    }
    for (const [key, value] of Object.entries(category ? { [category]: input } : input))
      row[key] = CATEGORIES.includes(key) && value ? { ...row[key], ...value } : value;
    row.updated_at = nextTimestamp();
    return unreadable(row)
      ? createError('Failed to update persona')
      : { body: category ? toResponseBody(row[category]) : toResponseBody(row) };
  });
  return { ...service, rows, add: addRow };
}
