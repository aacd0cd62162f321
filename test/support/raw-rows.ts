import type { Dialect } from 'persona-client/testing';
import { serveHttp } from './servers.js';

/** A persona as JSON text by field and, in a category, by field of the category. The text may be invalid JSON, such as `NaN`. */
export interface RawRow {
  readonly [field: string]: string | Readonly<Record<string, string>>;
}

export const TIMESTAMP = '"2026-11-22T06:29:29.793176"';

/** A row with an id and a name, and further fields. */
export const rawRow = (id: number, fields: RawRow = {}): RawRow => ({
  id: String(id),
  name: JSON.stringify(`Persona ${id}`),
  created_at: TIMESTAMP,
  updated_at: TIMESTAMP,
  ...fields,
});

/** Returns the JSON text of a row or of a category. */
export const toText = (fields: RawRow): string =>
  `{${Object.entries(fields)
    .map(([name, value]) => `${JSON.stringify(name)}:${typeof value === 'string' ? value : toText(value)}`)
    .join(',')}}`;

/**
 * Creates a `fetch` of a service that responds with these rows as they are, also to updates. Creates add rows.
 *
 * @param rows The newest row first. The row at index 0 has the id 1 in URLs, and so on.
 */
export function createRawFetch(
  dialect: Dialect,
  rows: readonly RawRow[],
  headers: Readonly<Record<string, string>> = {},
) {
  const requestLines: string[] = [];
  const created: RawRow[] = [];
  const respond = (body: string, status = 200) =>
    new Response(body, { status, headers: { 'content-type': 'application/json', ...headers } });
  const fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const url = new URL(String(input));
    requestLines.push(`${init?.method ?? 'GET'} ${url.pathname}`);
    if (new Headers(init?.headers).get('if-none-match')) return new Response(null, { status: 304 });
    const [, id, category] = /\/personas\/(\d+)(?:\/attributes)?(?:\/(\w+))?$/.exec(url.pathname) ?? [];
    const row = [...rows, ...created][Number(id) - 1];
    if (row && category) {
      const value = row[category] ?? 'null';
      return respond(value === 'null' ? '{}' : typeof value === 'string' ? value : toText(value));
    }
    if (row) return respond(toText(row));
    if (init?.method === 'POST') {
      const { name } = JSON.parse(String(init.body));
      const time = JSON.stringify(new Date().toISOString().slice(0, -1));
      const fields = { name: JSON.stringify(name), created_at: time, updated_at: time };
      created.push(rawRow(rows.length + created.length + 1, fields));
      return respond(toText(created.at(-1) ?? {}), 201);
    }
    if (url.pathname === '/health') return respond('{"status":"ok"}');
    if (url.pathname.endsWith('/field-config') && dialect === 'attributes') return respond('{}');
    if (!url.pathname.endsWith('/personas')) return respond('{"error":"Not found"}', 404);
    const page = Number(url.searchParams.get('page'));
    const perPage = Number(url.searchParams.get('per_page'));
    const listed = [...created.toReversed(), ...rows];
    const personas = listed.slice((page - 1) * perPage, page * perPage).map(toText);
    const pages = dialect === 'attributes' ? `,"pages":${Math.ceil(listed.length / perPage)}` : '';
    return respond(
      `{"personas":[${personas.join(',')}],"total":${listed.length},"page":${page},"per_page":${perPage}${pages}}`,
    );
  };
  return { fetch, requestLines };
}

/** Serves the rows on a free port, as `createRawFetch` does. */
export async function serveRawRows(dialect: Dialect, rows: readonly RawRow[]): Promise<string> {
  const { fetch } = createRawFetch(dialect, rows);
  const { url } = await serveHttp(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = chunks.length > 0 ? { body: Buffer.concat(chunks).toString() } : {};
    const { status, headers, text } = await fetch(`http://service${request.url}`, {
      method: request.method ?? 'GET',
      ...body,
    }).then(async (result) => ({
      status: result.status,
      headers: Object.fromEntries(result.headers),
      text: await result.text(),
    }));
    response.writeHead(status, headers).end(text);
  });
  return url;
}
