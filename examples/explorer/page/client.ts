import { type ClientOptions, PersonaClient } from 'persona-client';

/** All times are shorter than the defaults, so that everything happens within seconds. */
export const OPTIONS = {
  timeoutMs: 1_500,
  deadlineMs: 8_000,
  retry: { limit: 3, backoffMs: 400 },
  lateWriteWindowMs: 2_000,
  breaker: { failMax: 5, resetTimeoutMs: 8_000 },
  cache: { ttlMs: 6_000, staleIfErrorMs: 3_600_000 },
} satisfies ClientOptions;

export const createClient = (baseUrl: string) => new PersonaClient({ ...OPTIONS, baseUrl });
