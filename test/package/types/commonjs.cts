import { PersonaClient, type PersonaClientLike, PersonaError } from 'persona-client';
import { browserOptions } from 'persona-client/browse';
import { createPrivacy } from 'persona-client/collections';
import { createPersonaMcpServer } from 'persona-client/mcp';
import { createPooledTransport } from 'persona-client/node';
import { personaTelemetry } from 'persona-client/otel';
import { personaQueries } from 'persona-client/query';
import { createPersonaService } from 'persona-client/testing';

export const client = new PersonaClient({ baseUrl: 'http://localhost:5050' });
export const readTotal = async (client: PersonaClientLike): Promise<number> =>
  (await client.personas.list()).total;
export const isTimeout = (error: unknown): boolean =>
  error instanceof PersonaError && error.code === 'timeout';
export const privacy = createPrivacy(client);
export const created = [createPersonaMcpServer({ client }), createPersonaService(), createPooledTransport()];
export const unobserve = personaTelemetry().observe(client);
export const queries = personaQueries(client);
export const isMobile = async (): Promise<boolean | undefined> =>
  browserOptions(await client.personas.get(1)).isMobile;
