import { QueryClient } from '@tanstack/query-core';
import { PersonaClient, type PersonaClientLike, PersonaNotFoundError } from 'persona-client';
import { browserOptions } from 'persona-client/browse';
import { webStorageTokenStore } from 'persona-client/browser';
import { type CreateRun, createMany } from 'persona-client/collections';
import { createPersonaMcpServer } from 'persona-client/mcp';
import { createPooledTransport, fileTokenStore, TokenStoreError } from 'persona-client/node';
import { personaTelemetry } from 'persona-client/otel';
import { personaQueries } from 'persona-client/query';
import { createPersonaService } from 'persona-client/testing';
import { client as cjsClient, readTotal } from './commonjs.cjs';

export const readName = async (client: PersonaClientLike): Promise<string> =>
  (await client.personas.get(1)).name;

const service = createPersonaService({ dialect: 'subresource' });
const transport = await createPooledTransport({ connections: 20 });
using client = new PersonaClient({ fetch: transport.fetch, timeoutMs: 1_000 });
new PersonaClient({ tokenStore: fileTokenStore('tokens.json', { lockTimeoutMs: 1_000 }) });
new PersonaClient({ tokenStore: webStorageTokenStore({ storage: sessionStorage }) });
export const isLocked = (error: unknown): boolean =>
  error instanceof TokenStoreError && error.code === 'locked';
const total: number = (await client.personas.list({ page: 1 })).total;
const status: number | undefined = (await client.withMeta.personas.get(1)).meta.status;
const stop: () => void = client.on('retry', ({ delayMs }) => delayMs.toFixed());
await readName(client);
await readName(cjsClient); // the declarations of both module formats are compatible
await readTotal(client);
createPersonaMcpServer({ client: cjsClient });
const run: CreateRun = createMany(cjsClient, [{ name: 'Ada' }]);
const succeeded: number = (await run.finish()).succeeded;
personaTelemetry({ fetch: transport.fetch }).observe(cjsClient)();
const locale: string | undefined = browserOptions(await client.personas.get(1)).locale;
const name: string = (await new QueryClient().fetchQuery(personaQueries(cjsClient).personas.get(1))).name;
// @ts-expect-error: ids are numbers
await client.personas.get('1');
// @ts-expect-error: the option does not exist
new PersonaClient({ timeout: 1 });
const id: number | undefined = new PersonaNotFoundError('gone', { personaId: 1 }).personaId;

export { id, locale, name, service, status, stop, succeeded, total };
