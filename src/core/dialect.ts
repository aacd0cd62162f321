/**
 * API dialect of a service.
 *
 * - `subresource`: the service of the integration guide, with routes such as `/personas/{id}/psychographic`.
 * - `attributes`: the newer service, with a field config and routes such as `/personas/{id}/attributes/psychographic`.
 */
export type Dialect = (typeof DIALECTS)[number];

/** All dialects. */
export const DIALECTS = ['subresource', 'attributes'] as const;

/**
 * Detects the dialect from a response body.
 *
 * Only `attributes` has `pages` in a list. Only `subresource` repeats the status in an error, and returns the keys of
 * the database row in a category.
 */
export function detectDialect(body: unknown): Dialect | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  if ('personas' in body && 'per_page' in body) return 'pages' in body ? 'attributes' : 'subresource';
  if ('status_code' in body && 'message' in body && SERVICE_STATUSES.has(body.status_code))
    return 'subresource';
  if ('name' in body)
    for (const category of ['psychographic', 'behavioral', 'contextual'] as const) {
      const data = (body as Record<string, unknown>)[category];
      if (isDatabaseRow(data)) return 'subresource';
    }
  return undefined;
}

/** Statuses of errors that only the service itself sends. An error with another status may come from a proxy. */
const SERVICE_STATUSES: ReadonlySet<unknown> = new Set([400, 404]);

const isDatabaseRow = (data: unknown): boolean =>
  typeof data === 'object' &&
  data !== null &&
  ['id', 'persona_id'].every((key) => Number.isSafeInteger((data as Record<string, unknown>)[key]));
