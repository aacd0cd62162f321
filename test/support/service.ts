import { type ClientOptions, type Dialect, type OpenAttributes, PersonaClient } from 'persona-client';
import {
  createPersonaService,
  type ListenOptions,
  type PersonaService,
  type PersonaServiceOptions,
} from 'persona-client/testing';
import { onTestFinished } from 'vitest';

/** The dialects of the client. */
export const DIALECTS: readonly Dialect[] = ['subresource', 'attributes'];

/** The kinds of deployed services, with the options that imitate them. */
export const SERVICE_KINDS = [
  { kind: 'subresource', options: { dialect: 'subresource' } },
  { kind: 'published subresource', options: { dialect: 'subresource', published: true } },
  { kind: 'in-between', options: { dialect: 'in-between' } },
  { kind: 'attributes', options: { dialect: 'attributes' } },
] as const satisfies readonly { kind: string; options: PersonaServiceOptions }[];

/** Returns the dialect in which a client speaks with the service. */
export const toClientDialect = (dialect: PersonaService['dialect']): Dialect =>
  dialect === 'subresource' ? dialect : 'attributes';

/** Retries without delays. */
export const NO_BACKOFF = { limit: 3, backoffMs: 0, maxBackoffMs: 0 };

/** Creates a client, and closes the client when the test finishes. */
export function createTestClient(options: ClientOptions): PersonaClient {
  const client = new PersonaClient(options);
  onTestFinished(() => client.close());
  return client;
}

/** The same client with types for fields that a deployment may have configured: any field, any season. */
export const withOpenTypes = (client: PersonaClient) =>
  client as PersonaClient<OpenAttributes & { contextual: { season?: string } }>;

/** Starts a service on a free port, and closes the service when the test finishes. */
export async function startService(options: PersonaServiceOptions = {}, listenOptions: ListenOptions = {}) {
  const service = createPersonaService(options);
  onTestFinished(() => service.close());
  const { url, port } = await service.listen({ port: 0, ...listenOptions });
  return {
    service,
    url,
    port,
    dialect: toClientDialect(service.dialect),
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
