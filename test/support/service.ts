import { type ClientOptions, PersonaClient } from 'persona-client';
import {
  createPersonaService,
  type Dialect,
  type ListenOptions,
  type PersonaServiceOptions,
} from 'persona-client/testing';
import { onTestFinished } from 'vitest';

export const DIALECTS: readonly Dialect[] = ['subresource', 'attributes'];

/** Retries without delays. */
export const NO_BACKOFF = { limit: 3, backoffMs: 0, maxBackoffMs: 0 };

/** Creates a client, and closes the client when the test finishes. */
export function createTestClient(options: ClientOptions): PersonaClient {
  const client = new PersonaClient(options);
  onTestFinished(() => client.close());
  return client;
}

/** Starts a service on a free port, and closes the service when the test finishes. */
export async function startService(options: PersonaServiceOptions = {}, listenOptions: ListenOptions = {}) {
  const service = createPersonaService(options);
  onTestFinished(() => service.close());
  const { url, port } = await service.listen({ port: 0, ...listenOptions });
  return {
    service,
    url,
    port,
    dialect: service.dialect,
    /** Creates a client of the service. */
    connect: (clientOptions: ClientOptions = {}) => createTestClient({ baseUrl: url, ...clientOptions }),
    /** The requests so far, such as `GET /api/v1/personas/1`. */
    requestLines: () => service.requests.map(({ method, path }) => `${method} ${path}`),
  };
}

/** Returns the names of all personas, sorted. */
export const listNames = async (client: PersonaClient): Promise<string[]> =>
  (await client.personas.toArray()).map(({ name }) => name).toSorted();

/** The part of a fault that makes the service respond with this JSON. */
export const jsonBody = (body: unknown) => ({ contentType: 'application/json', body: JSON.stringify(body) });
