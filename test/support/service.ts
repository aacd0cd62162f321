import { type ClientOptions, PersonaClient } from 'persona-client';
import { createPersonaService, type Dialect, type PersonaServiceOptions } from 'persona-client/testing';
import { onTestFinished } from 'vitest';

export const DIALECTS: readonly Dialect[] = ['subresource', 'attributes'];

/** Waits between attempts that no test has to sit through. */
export const AT_ONCE = { limit: 3, backoffMs: 0, maxBackoffMs: 0 };

/** A client for the length of a test. */
export function clientOf(options: ClientOptions): PersonaClient {
  const client = new PersonaClient(options);
  onTestFinished(() => client.close());
  return client;
}

/** A service on a free port for the length of a test. */
export async function serve(options: PersonaServiceOptions = {}) {
  const service = createPersonaService(options);
  onTestFinished(() => service.close());
  const { url } = await service.listen({ port: 0 });
  return {
    service,
    url,
    dialect: service.dialect,
    connect: (more: ClientOptions = {}) => clientOf({ baseUrl: url, ...more }),
    /** What was asked so far, as `GET /api/v1/personas/1`. */
    asked: () => service.requests.map(({ method, path }) => `${method} ${path}`),
  };
}
