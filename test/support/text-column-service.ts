/** A service of the `subresource` dialect that stores lists and maps as JSON text, as deployed ones do. In memory. */

type Row = { id: number; name: string; updated: number; categories: Record<string, Record<string, unknown>> };

const FIELDS: Readonly<Record<string, readonly string[]>> = {
  demographic: ['city', 'age'],
  psychographic: ['interests', 'personal_values', 'attitudes', 'opinions', 'lifestyle', 'personality'],
  behavioral: [
    ...['browsing_habits', 'purchase_history', 'brand_interactions'],
    ...['device_usage', 'social_media_activity', 'content_consumption'],
  ],
  contextual: ['season', 'weather'],
};
const MAPS = ['device_usage', 'social_media_activity', 'content_consumption'];
const TEXT_COLUMNS = [
  ...['interests', 'personal_values', 'attitudes', 'opinions'],
  ...['browsing_habits', 'purchase_history', 'brand_interactions'],
  ...MAPS,
];

/** Serializes a list or map as Python's `json.dumps` does. */
export function toPythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toPythonJson).join(', ')}]`;
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([key, item]) => `${toPythonJson(key)}: ${toPythonJson(item)}`)
      .join(', ')}}`;
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * Creates the service. `state.published` selects whether it is the published one or a repaired one, `state.toJson` how it
 * serializes lists.
 */
export function createTextColumnService(published: boolean) {
  const rows = new Map<number, Row>();
  const state = { published, toJson: toPythonJson, lastId: 0, tick: 0 };
  const requestLines: string[] = [];
  const hooks: { before?: (line: string) => Response | Promise<Response> | undefined } = {};

  const toText = (field: string, value: unknown) => {
    if (!TEXT_COLUMNS.includes(field)) return value;
    // A repaired service stores null as NULL, the published one as text.
    return value === null && !state.published ? null : state.toJson(value);
  };
  const fromText = (field: string, value: unknown, isRead: boolean) => {
    if (!TEXT_COLUMNS.includes(field) || typeof value !== 'string') return value;
    const parsed: unknown = JSON.parse(value);
    if (!state.published) return parsed;
    if (MAPS.includes(field)) throw new Error('dict() of characters');
    return isRead && parsed !== null ? parsed : [...value];
  };
  const write = (row: Row, category: string, input: object, isNew = false) => {
    const fields = FIELDS[category] ?? [];
    row.categories[category] ??= Object.fromEntries(
      fields.map((field) => {
        const empty = MAPS.includes(field) ? {} : [];
        return [field, isNew && TEXT_COLUMNS.includes(field) ? toText(field, empty) : null];
      }),
    );
    const columns = row.categories[category];
    for (const [field, value] of Object.entries(input)) columns[field] = toText(field, value);
    row.updated = ++state.tick;
  };
  const renderCategory = (row: Row, category: string, isRead: boolean) => {
    const columns = row.categories[category];
    if (!columns) return null;
    const values = Object.entries(columns).map(([field, value]) => [field, fromText(field, value, isRead)]);
    return { id: row.id, persona_id: row.id, ...Object.fromEntries(values) };
  };
  const render = (row: Row, isRead: boolean) => ({
    id: row.id,
    name: row.name,
    created_at: '2026-11-22T06:29:29.793176',
    updated_at: `2026-11-22T06:29:29.${String(row.updated).padStart(6, '0')}`,
    ...Object.fromEntries(
      Object.keys(FIELDS).map((category) => [category, renderCategory(row, category, isRead)]),
    ),
  });
  const writePersona = (row: Row, input: Record<string, unknown>, isNew: boolean) => {
    row.name = (input.name as string | undefined) ?? row.name;
    row.updated = ++state.tick;
    for (const category of Object.keys(FIELDS))
      if (input[category]) write(row, category, input[category], isNew);
  };

  function respond(method: string, path: string, query: URLSearchParams, input: Record<string, unknown>) {
    const [, id, category] = /^\/api\/v1\/personas(?:\/(\d+))?(?:\/(\w+))?$/.exec(path) ?? [];
    if (!path.startsWith('/api/v1/personas') || (category && !(category in FIELDS)))
      return [404, 'Not found'];
    if (!id && method === 'POST') {
      const row: Row = { id: ++state.lastId, name: '', updated: 0, categories: {} };
      rows.set(row.id, row);
      writePersona(row, input, true);
      return [201, render(row, false)];
    }
    if (!id) {
      const [page, perPage] = [Number(query.get('page') ?? 1), Number(query.get('per_page') ?? 20)];
      const sorted = [...rows.values()].sort((a, b) => b.updated - a.updated);
      const personas = sorted.slice((page - 1) * perPage, page * perPage).flatMap((row) => {
        try {
          return [render(row, false)];
        } catch {
          return [];
        }
      });
      return [200, { page, per_page: perPage, personas, total: rows.size }];
    }
    const row = rows.get(Number(id));
    if (!row) return [404, `Persona with ID ${id} not found`];
    if (method === 'DELETE') {
      rows.delete(row.id);
      return [200, { message: `Persona with ID ${id} deleted successfully` }];
    }
    const isRead = method === 'GET';
    if (!isRead) category ? write(row, category, input) : writePersona(row, input, false);
    return [200, category ? (renderCategory(row, category, isRead) ?? {}) : render(row, isRead)];
  }

  const fetch: typeof globalThis.fetch = async (url, init) => {
    const { pathname, search, searchParams } = new URL(String(url));
    const method = init?.method ?? 'GET';
    const line = `${method} ${pathname.replace('/api/v1', '')}${search}`;
    requestLines.push(line);
    const early = await hooks.before?.(line);
    if (early) return early;
    let status: unknown;
    let body: unknown;
    try {
      const text = init?.body instanceof Uint8Array ? new TextDecoder().decode(init.body) : init?.body;
      [status, body] = respond(method, pathname, searchParams, text ? JSON.parse(String(text)) : {});
    } catch {
      [status, body] = [500, 'Failed to handle the request'];
    }
    const json = typeof body === 'string' ? { message: body, status_code: status } : body;
    return Response.json(json, { status: Number(status) });
  };

  return {
    state,
    hooks,
    fetch,
    requestLines,
    /** Returns the stored value of a column: the text of a list or map, otherwise the value. */
    column: (id: number, category: string, field: string) => rows.get(id)?.categories[category]?.[field],
    /** All stored columns of a persona. The text `null` counts as NULL. */
    columns: (id: number) =>
      JSON.parse(JSON.stringify(rows.get(id)?.categories ?? {}).replaceAll('"null"', 'null')),
  };
}
