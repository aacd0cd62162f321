import type { PersonaIssue } from '../core/errors/index.js';
import { invalidOptionsError } from './invalid-options.js';
import type { HeaderOptions } from './request-options.js';

/**
 * Property of a `fetch` function. Its value is a function that returns an issue for each header that this `fetch` cannot send.
 * `createPooledTransport` sets it.
 */
const FIND_UNSUPPORTED_HEADERS = Symbol.for('persona-client.findUnsupportedHeaders');

/**
 * Rejects headers that `fetch` cannot send.
 *
 * @param source names the function that received the options.
 */
export function assertSupportedHeaders(
  fetch: typeof globalThis.fetch | undefined,
  source: string,
  headers: HeaderOptions = {},
): void {
  const issues: readonly PersonaIssue[] = Object(fetch)[FIND_UNSUPPORTED_HEADERS]?.(headers) ?? [];
  if (issues.length > 0) throw invalidOptionsError(source, issues);
}
