import { CATEGORIES } from '../schemas/categories.js';
import type { HttpResponse } from './response.js';

/**
 * API dialect of a service: see `docs/reference/services.md`.
 *
 * - `subresource`: the service of the integration guide, with routes such as `/personas/{id}/psychographic`.
 * - `attributes`: the newer service, with a field config and routes such as `/personas/{id}/attributes/psychographic`.
 */
export type Dialect = (typeof DIALECTS)[number];

/** All dialects. */
export const DIALECTS = ['subresource', 'attributes'] as const;

/**
 * Returns the dialect of the service, or `undefined` if services of both dialects send such a response.
 *
 * - A list has `pages` only in `attributes`.
 * - A persona has `null` for a category only in `subresource`, and lacks a category only in `attributes`.
 * - A category without `persona_id` is from `attributes`. One with it proves nothing: users may store such a field.
 * - An error whose body contains its status and mentions a persona is from `subresource`.
 *
 * A 404 for an unknown route proves nothing, because services of both dialects send the same JSON.
 *
 * @param path path of the request. The body of a route below a persona proves nothing, because users may store any fields.
 */
export function detectDialect(
  { status, body }: Pick<HttpResponse, 'status' | 'body'>,
  path: string,
): Dialect | undefined {
  const fields: Readonly<Record<string, unknown>> = Object(body);
  if (status >= 300)
    return fields.status_code === status && SUBRESOURCE_ERROR.test(String(fields.message))
      ? 'subresource'
      : undefined;
  if (!LIST_OR_PERSONA.test(path)) return undefined;
  if (Array.isArray(fields.personas) && 'per_page' in fields)
    return 'pages' in fields ? 'attributes' : 'subresource';
  if (!('created_at' in fields)) return undefined;
  const categories = CATEGORIES.map((category) => fields[category]);
  if (categories.includes(null))
    return categories.every((data) => data === null || hasRowKey(data)) ? 'subresource' : undefined;
  return categories.every(hasRowKey) ? undefined : 'attributes';
}

const LIST_OR_PERSONA = /^\/personas(?:\/\d+)?(?:\?|$)/;
const SUBRESOURCE_ERROR = /^(?:Persona with ID \d+ not found$|Failed to .*\bpersona)/;

const hasRowKey = (data: unknown): boolean => Object.hasOwn(Object(data), 'persona_id');
