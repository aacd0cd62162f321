import type { ResolvedCacheOptions } from '../config/cache-options.js';
import type { Entry } from './types.js';

type StaleWindows = Pick<ResolvedCacheOptions, 'staleIfErrorMs' | 'staleWhileRevalidateMs'>;
type EntryTiming = Pick<Entry, 'storedAt' | 'ttlMs'>;

/** Milliseconds since an entry's TTL ended. Negative while it is fresh. The call's own TTL takes precedence. */
export const stalenessMs = (
  { storedAt, ttlMs }: EntryTiming,
  callTtlMs: number | undefined,
  now: number,
): number => now - storedAt - (callTtlMs ?? ttlMs);

/** Whether an entry may be served while the service is unavailable. */
export const mayServeOnError = (
  { storedAt, ttlMs }: EntryTiming,
  { staleIfErrorMs }: StaleWindows,
  now: number,
): boolean => now < storedAt + ttlMs + staleIfErrorMs;

/** Milliseconds until an entry cannot be served at all, not even stale. 0 or less if that time has passed. */
export const remainingLifetimeMs = (
  { storedAt, ttlMs }: EntryTiming,
  { staleIfErrorMs, staleWhileRevalidateMs }: StaleWindows,
  now = performance.now(),
): number => storedAt + ttlMs + Math.max(staleIfErrorMs, staleWhileRevalidateMs) - now;
