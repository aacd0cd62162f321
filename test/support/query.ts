import { QueryClient } from '@tanstack/query-core';
import { type PersonaQueriesOptions, personaQueries } from 'persona-client/query';
import type { PersonaServiceOptions } from 'persona-client/testing';
import { onTestFinished } from 'vitest';
import { AT_ONCE, serve } from './service.js';

/** A service, a client of it, its queries, and a QueryClient that keeps what they read. */
export async function queried(options: PersonaQueriesOptions = {}, world: PersonaServiceOptions = {}) {
  const { service, connect, asked } = await serve(world);
  const client = connect({ retry: AT_ONCE, breaker: false, dialect: service.dialect });
  const cache = new QueryClient();
  cache.mount();
  onTestFinished(() => {
    cache.clear();
    cache.unmount();
  });
  return { service, client, cache, asked, connect, queries: personaQueries(client, options) };
}
