import type { ResolvedCacheOptions } from '../config/cache-options.js';
import { sleepAwareNow } from '../core/clock.js';
import type { Entry } from './types.js';

type StaleWindows = Pick<ResolvedCacheOptions, 'staleIfErrorMs' | 'staleWhileRevalidateMs'>;
type EntryTiming = Pick<Entry, 'storedAt' | 'ttlMs' | 'maxAgeMs' | 'initialAgeMs' | 'mustRevalidate'>;

/**
 * Milliseconds since an entry's TTL ended. Negative while it is fresh.
 *
 * The call's own TTL takes precedence over the TTL of the entry, but not over the limit of the service.
 */
export const stalenessMs = (
  { storedAt, ttlMs, maxAgeMs = Number.POSITIVE_INFINITY, initialAgeMs = 0 }: EntryTiming,
  callTtlMs: number | undefined,
  now: number,
): number => now - storedAt - Math.min(callTtlMs ?? ttlMs, maxAgeMs - initialAgeMs);

/** Whether an entry may be served past its TTL while the cache revalidates it. */
export const mayServeWhileRevalidating = (
  { mustRevalidate }: EntryTiming,
  { staleWhileRevalidateMs }: StaleWindows,
  staleMs: number,
): boolean => !mustRevalidate && staleMs < staleWhileRevalidateMs;

/** Whether an entry may be served while the service is unavailable. The window of revalidation counts, because its reads may fail. */
export const mayServeOnError = (
  entry: EntryTiming,
  { staleIfErrorMs, staleWhileRevalidateMs }: StaleWindows,
  now: number,
): boolean =>
  stalenessMs(entry, undefined, now) <
  (entry.mustRevalidate ? 0 : Math.max(staleIfErrorMs, staleWhileRevalidateMs));

/** Milliseconds until an entry cannot be served at all, not even stale. 0 or less if that time has passed. */
export const remainingLifetimeMs = (
  { storedAt, ttlMs }: EntryTiming,
  { staleIfErrorMs, staleWhileRevalidateMs }: StaleWindows,
  now = sleepAwareNow(),
): number => storedAt + ttlMs + Math.max(staleIfErrorMs, staleWhileRevalidateMs) - now;
