import { QueryClient } from '@tanstack/query-core';
import { type PersonaQueriesOptions, personaQueries } from 'persona-client/query';
import type { PersonaServiceOptions } from 'persona-client/testing';
import { onTestFinished } from 'vitest';
import { NO_BACKOFF, startService } from './service.js';

/** Starts a service, and creates a client, its queries, and a QueryClient. */
export async function setupQueries(
  options: PersonaQueriesOptions = {},
  serviceOptions: PersonaServiceOptions = {},
) {
  const { service, connect, requestLines, dialect } = await startService(serviceOptions);
  const client = connect({ retry: NO_BACKOFF, breaker: false, dialect });
  const queryClient = new QueryClient();
  queryClient.mount();
  onTestFinished(() => {
    queryClient.clear();
    queryClient.unmount();
  });
  return { service, client, queryClient, requestLines, connect, queries: personaQueries(client, options) };
}
