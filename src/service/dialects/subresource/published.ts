/** The `subresource` service as published: it keeps lists and maps as JSON text, and rarely decodes it. */
import { renderColumnJson } from '../../json/render.js';
import type { RequestKind } from '../types.js';

/** The stored text of a list or map that was set to `null`. It is not the NULL of the database. */
export const NULL_TEXT = 'null';

/** Renders a list: correct in a `GET` of the persona or category, otherwise as the characters of its JSON text. */
export function renderPublishedList(value: unknown, kind: RequestKind): unknown {
  if (value === null) return null;
  if (value === NULL_TEXT) return [...NULL_TEXT];
  return kind === 'get' ? value : [...renderColumnJson(value)];
}

/**
 * Renders a map.
 *
 * @throws {TypeError} unless it is NULL. The real service responds with 500.
 */
export function renderPublishedMap(value: unknown): null {
  if (value !== null) throw new TypeError('the text of a map is not a map');
  return null;
}
