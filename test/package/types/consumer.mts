import { QueryClient } from '@tanstack/query-core';
import { PersonaClient, type PersonaClientLike, PersonaNotFoundError } from 'persona-client';
import { webStorageTokenStore } from 'persona-client/browser';
import { type CreateRun, createMany } from 'persona-client/collections';
import { createPersonaMcpServer } from 'persona-client/mcp';
import { createPooledTransport, fileTokenStore, TokenStoreError } from 'persona-client/node';
import { personaTelemetry } from 'persona-client/otel';
import { personaQueries } from 'persona-client/query';
import { createPersonaService } from 'persona-client/testing';
import { acceptLike as acceptInCjs, client as fromCjs } from './other.cjs';

export const acceptLike = async (client: PersonaClientLike): Promise<string> =>
  (await client.personas.get(1)).name;

const service = createPersonaService({ dialect: 'subresource' });
const transport = await createPooledTransport({ connections: 20 });
using client = new PersonaClient({ fetch: transport.fetch, timeoutMs: 1_000 });
new PersonaClient({ tokenStore: fileTokenStore('tokens.json', { lockTimeoutMs: 1_000 }) });
new PersonaClient({ tokenStore: webStorageTokenStore({ storage: sessionStorage }) });
export const failed = (error: unknown): boolean =>
  error instanceof TokenStoreError && error.code === 'locked';
const total: number = (await client.personas.list({ page: 1 })).total;
const status: number | undefined = (await client.withMeta.personas.get(1)).meta.status;
const stop: () => void = client.on('retry', ({ waitMs }) => waitMs.toFixed());
await acceptLike(client);
await acceptLike(fromCjs); // a client as CommonJS sees it
await acceptInCjs(client); // and the other way round
createPersonaMcpServer({ client: fromCjs });
const run: CreateRun = createMany(fromCjs, [{ name: 'Ada' }]);
const done: number = (await run.finish()).done;
personaTelemetry({ fetch: transport.fetch }).observe(fromCjs)();
const name: string = (await new QueryClient().fetchQuery(personaQueries(fromCjs).personas.get(1))).name;
// @ts-expect-error an id is a number
await client.personas.get('1');
// @ts-expect-error there is no such option
new PersonaClient({ timeout: 1 });
const id: number | undefined = new PersonaNotFoundError('gone', { personaId: 1 }).personaId;

export { done, id, name, service, status, stop, total };
