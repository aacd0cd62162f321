import { PersonaError } from '../index.js';

/** The service takes nothing just now; the item itself is not to blame. */
export const isRefusal = (error: PersonaError): boolean =>
  error.code === 'rate_limited' ||
  error.code === 'circuit_open' ||
  error.code === 'connection_failed' ||
  statusOf(error) === 503;

/** It may be otherwise next time. */
export const isPassing = (error: PersonaError): boolean =>
  error.code === 'timeout' || [408, 425, 500, 502, 504].includes(statusOf(error) ?? 0);

/** How long the service wants to be left alone, if it said so. */
export const askedMs = (error: PersonaError): number =>
  'retryAfterMs' in error && typeof error.retryAfterMs === 'number' ? error.retryAfterMs : 0;

/** What an item can fail with, the others going on. */
export const isOfItem = (error: unknown): error is PersonaError =>
  error instanceof PersonaError && error.code !== 'aborted';

const statusOf = (error: PersonaError): number | undefined =>
  'status' in error && typeof error.status === 'number' ? error.status : undefined;
