import { PersonaClient, type PersonaClientLike, PersonaError } from 'persona-client';
import { privacyOf } from 'persona-client/collections';
import { createPersonaMcpServer } from 'persona-client/mcp';
import { createPooledTransport } from 'persona-client/node';
import { personaTelemetry } from 'persona-client/otel';
import { personaQueries } from 'persona-client/query';
import { createPersonaService } from 'persona-client/testing';

export const client = new PersonaClient({ baseUrl: 'http://localhost:5050' });
export const acceptLike = async (like: PersonaClientLike): Promise<number> =>
  (await like.personas.list()).total;
export const fails = (error: unknown): boolean => error instanceof PersonaError && error.code === 'timeout';
export const privacy = privacyOf(client);
export const made = [createPersonaMcpServer({ client }), createPersonaService(), createPooledTransport()];
export const unobserve = personaTelemetry().observe(client);
export const queries = personaQueries(client);
