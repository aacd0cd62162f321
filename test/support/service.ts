import { type ClientOptions, PersonaClient } from 'persona-client';
import { createPersonaService, type Dialect, type PersonaServiceOptions } from 'persona-client/testing';
import { onTestFinished } from 'vitest';

export const DIALECTS: readonly Dialect[] = ['subresource', 'attributes'];

/** Retries without delays. */
export const NO_BACKOFF = { limit: 3, backoffMs: 0, maxBackoffMs: 0 };

/** Creates a client that is closed when the test finishes. */
export function createTestClient(options: ClientOptions): PersonaClient {
  const client = new PersonaClient(options);
  onTestFinished(() => client.close());
  return client;
}

/** Starts a service on a free port. It is closed when the test finishes. */
export async function startService(options: PersonaServiceOptions = {}) {
  const service = createPersonaService(options);
  onTestFinished(() => service.close());
  const { url } = await service.listen({ port: 0 });
  return {
    service,
    url,
    dialect: service.dialect,
    connect: (clientOptions: ClientOptions = {}) => createTestClient({ baseUrl: url, ...clientOptions }),
    /** The requests so far, such as `GET /api/v1/personas/1`. */
    requestLines: () => service.requests.map(({ method, path }) => `${method} ${path}`),
  };
}
