import type { CachePolicy } from '../cache/types.js';
import type { HttpResponse } from '../core/response.js';

/** A directive of `Cache-Control`: its name, and the value as a quoted string or as a token. */
const DIRECTIVE = /([^\s,;="]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?/g;

/**
 * Reads how long the cache may use a response (RFC 9111).
 *
 * The cache is private, so it ignores `private`, `public`, `s-maxage` and `proxy-revalidate`.
 */
export function readCachePolicy(headers: HttpResponse['headers']): CachePolicy {
  const directives = readDirectives(headers.get('cache-control'));
  if (directives.has('no-store') || headers.get('vary')?.includes('*')) return { storable: false };
  const lifetimeMs = directives.has('no-cache') ? 0 : readLifetimeMs(headers, directives.get('max-age'));
  // an unlimited age is `undefined`, because shared stores keep entries as JSON, which has no Infinity
  const maxAgeMs =
    lifetimeMs && Math.max(0, lifetimeMs - 1_000 * Math.max(0, Number(headers.get('age')) || 0));
  return { storable: true, maxAgeMs, mustRevalidate: directives.has('must-revalidate') || maxAgeMs === 0 };
}

/** Most responses have no `Cache-Control`. */
const NO_DIRECTIVES: ReadonlyMap<string, string> = new Map();

function readDirectives(cacheControl: string | null): ReadonlyMap<string, string> {
  if (!cacheControl) return NO_DIRECTIVES;
  const directives = new Map<string, string>();
  for (const [, name = '', quoted, token = ''] of cacheControl.matchAll(DIRECTIVE)) {
    const key = name.toLowerCase();
    directives.set(key, directives.get(key) ?? quoted ?? token); // the first value counts
  }
  return directives;
}

/** Returns the lifetime from `max-age` or `Expires`. An invalid value means that the response is already stale. */
function readLifetimeMs(headers: HttpResponse['headers'], maxAge: string | undefined): number | undefined {
  if (maxAge !== undefined) return /^\d+$/.test(maxAge) ? 1_000 * Number(maxAge) : 0;
  const expires = headers.get('expires');
  if (expires === null) return undefined;
  const sentAt = Date.parse(headers.get('date') ?? '') || Date.now();
  return Date.parse(expires) - sentAt || 0;
}
