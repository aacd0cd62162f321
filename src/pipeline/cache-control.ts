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
  const maxAgeMs = directives.has('no-cache') ? 0 : readMaxAgeMs(headers, directives.get('max-age'));
  const mustRevalidate = directives.has('must-revalidate');
  // Proxies can join several values. Only the first one counts (section 5.1).
  const initialAgeMs = 1_000 * toSeconds(headers.get('age')?.split(',')[0]?.trim());
  // A 304 without limits keeps those of the entry. So a limit that is not set must be absent.
  if (maxAgeMs === undefined)
    return { storable: true, initialAgeMs, ...(mustRevalidate && { mustRevalidate }) };
  return { storable: true, initialAgeMs, maxAgeMs, mustRevalidate: mustRevalidate || maxAgeMs <= 0 };
}

/** Most responses have no `Cache-Control`. */
const NO_DIRECTIVES: ReadonlyMap<string, number> = new Map();
/** The largest number of seconds (RFC 9111, section 1.2.2). */
const MAX_SECONDS = 2 ** 31;

/** Reads the directives, each with its value in seconds. Of several values the smallest counts. An invalid value counts as 0. */
function readDirectives(cacheControl: string | null): ReadonlyMap<string, number> {
  if (!cacheControl) return NO_DIRECTIVES;
  const directives = new Map<string, number>();
  for (const [, name = '', quoted, token = ''] of cacheControl.matchAll(DIRECTIVE)) {
    const key = name.toLowerCase();
    directives.set(key, Math.min(toSeconds(quoted ?? token), directives.get(key) ?? MAX_SECONDS));
  }
  return directives;
}

/** Returns 0 for an invalid value. */
const toSeconds = (value = ''): number => (/^\d+$/.test(value) ? Math.min(Number(value), MAX_SECONDS) : 0);

/** Returns the limit from `max-age` or `Expires`. An invalid `Expires` means that the response is already stale. */
function readMaxAgeMs(headers: HttpResponse['headers'], maxAge: number | undefined): number | undefined {
  if (maxAge !== undefined) return 1_000 * maxAge;
  const expires = headers.get('expires');
  if (expires === null) return undefined;
  const sentAt = Date.parse(headers.get('date') ?? '') || Date.now();
  return Date.parse(expires) - sentAt || 0;
}
