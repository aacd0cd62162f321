import { headers } from 'next/headers';
import { notFound, redirect } from 'next/navigation';
import { PersonaClient } from 'persona-client';

/** The client of route handlers and middleware. All requests of a process share its cache, circuit breaker, and tokens. */
export const client = PersonaClient.fromEnv();

/**
 * The client of pages. Its `fetch` may use all functions of Next.js that work in a page. The client does not retry or replace
 * the errors that `headers()`, `redirect()` and `notFound()` throw.
 */
export const pageClient = PersonaClient.fromEnv({
  fetch: async (url, init) => {
    const traceId = (await headers()).get('x-trace-id'); // makes the page dynamic
    const response = await fetch(url, {
      ...init,
      headers: { ...(init?.headers as Record<string, string>), ...(traceId && { 'x-trace-id': traceId }) },
    });
    if (response.status === 401) redirect('/sign-in');
    if (response.status === 404) notFound();
    return response;
  },
});
