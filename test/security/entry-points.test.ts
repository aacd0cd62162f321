import { channel } from 'node:diagnostics_channel';
import type { Client as McpClient } from '@modelcontextprotocol/client';
import { QueryClient } from '@tanstack/query-core';
import { type PersonaClient, PersonaError } from 'persona-client';
import {
  createMany,
  createPrivacy,
  deleteMany,
  type ItemResult,
  type Journal,
  type JournalEntry,
  updateMany,
} from 'persona-client/collections';
import { createPersonaMcpServer } from 'persona-client/mcp';
import { publishDiagnostics } from 'persona-client/node';
import { type PersonaMutation, personaQueries } from 'persona-client/query';
import type { Dialect } from 'persona-client/testing';
import { describe, onTestFinished } from 'vitest';
import { catchError } from '../support/failures.js';
import { connectInProcess } from '../support/mcp-in-process.js';
import { setupTelemetry } from '../support/otel.js';
import { DIALECTS, NO_BACKOFF, startService } from '../support/service.js';
import { AttackTally, attack } from './attack.js';
import { CANARIES, EVENT_NAMES, findLeaks, findUnexpectedEventFields } from './canaries.js';
import {
  AUTH_PATHS,
  CANARY_HEADERS,
  CANARY_PERSONA,
  CANARY_USER,
  createFaults,
  createWatchedClient,
} from './hostile-responses.js';

/** Faults that apply to any call and do not delay it. */
const createFastFaults = (dialect: Dialect) =>
  createFaults(dialect).filter((fault) => !('stall' in fault) && fault.match !== AUTH_PATHS);

/** Starts a service, and creates a client that is checked for leaks. */
async function setup(dialect: Dialect) {
  const tally = new AttackTally();
  const { service, url } = await startService({ dialect, auth: { users: { admin: CANARIES.password } } });
  const { client, inspectValue } = createWatchedClient(
    { tally, issuedTokens: new Set() },
    { baseUrl: url, retry: { ...NO_BACKOFF, limit: 1, budget: false }, breaker: false, timeoutMs: 1_000 },
  );
  onTestFinished(() => client.close());
  await client.personas.list();
  return { tally, service, client, inspectValue };
}

class RecordingJournal implements Journal {
  readonly entries: JournalEntry[] = [];
  open = async () => [];
  append = async (entries: readonly JournalEntry[]) => void this.entries.push(...entries);
  close = async () => {};
}

const SHORT_WAITS = { maxStallMs: 1, lateWriteWindowMs: 0 };

describe.each(DIALECTS)('entry points, %s', (dialect) => {
  attack('keeps secrets and personal data out of results, reports, and journals of collections', async () => {
    const { tally, service, client, inspectValue } = await setup(dialect);
    const privacy = createPrivacy(client);
    const inspectRun = async (
      run: AsyncIterable<ItemResult<unknown, unknown>> & { readonly summary: object },
    ) => {
      for await (const result of run) if (!result.ok) inspectValue('error of an item', result.error);
      inspectValue('summary', run.summary);
    };
    const operations: Readonly<Record<string, () => Promise<unknown>>> = {
      createMany: () => inspectRun(createMany(client, [CANARY_PERSONA, CANARY_PERSONA], SHORT_WAITS)),
      'createMany, journal': async () => {
        const journal = new RecordingJournal();
        const run = inspectRun(createMany(client, [CANARY_PERSONA], { ...SHORT_WAITS, journal })).finally(
          () => {
            inspectValue('journal', journal.entries);
          },
        );
        return run;
      },
      updateMany: () => inspectRun(updateMany(client, [{ id: 1, data: CANARY_PERSONA }], SHORT_WAITS)),
      deleteMany: () => inspectRun(deleteMany(client, [2], SHORT_WAITS)),
      export: () => privacy.export(1).then(() => {}),
      erase: async () => inspectValue('receipt', await privacy.erase(3)),
      purge: async () =>
        inspectValue('purge', await privacy.purge({ olderThan: new Date(), dryRun: true, maxStallMs: 1 })),
    };
    for (const fault of createFastFaults(dialect))
      for (const [name, operation] of Object.entries(operations)) {
        service.faults.add({ ...fault, match: { path: /personas/ }, times: 4 });
        const error = await catchError(operation());
        if (error) inspectValue(`${name} under ${JSON.stringify(fault)}`, error);
        tally.check(error === undefined || error instanceof PersonaError, () => `${name}: ${String(error)}`);
        service.faults.clear();
        service.clearRequests();
      }
    return tally;
  });

  attack('keeps secrets and personal data out of query errors and query keys', async () => {
    const { tally, service, client, inspectValue } = await setup(dialect);
    const queries = personaQueries(client);
    const cache = new QueryClient();
    onTestFinished(() => cache.clear());
    const mutate = <Data, Variables>(options: PersonaMutation<Data, Variables>, variables: Variables) =>
      cache.getMutationCache().build(cache, options).execute(variables);
    const operations: Readonly<Record<string, () => Promise<unknown>>> = {
      get: () => cache.fetchQuery(queries.personas.get(1)),
      list: () => cache.fetchQuery(queries.personas.list()),
      infinite: () => cache.fetchInfiniteQuery(queries.personas.infiniteList()),
      category: () => cache.fetchQuery(queries.behavioral.get(1)),
      create: () => mutate(queries.personas.create(), CANARY_PERSONA),
      update: () => mutate(queries.personas.update(), { id: 1, data: CANARY_PERSONA }),
      'category.update': () =>
        mutate(queries.psychographic.update(), { id: 1, data: CANARY_PERSONA.psychographic }),
      delete: () => mutate(queries.personas.delete(), 2),
    };
    for (const fault of createFastFaults(dialect))
      for (const [name, operation] of Object.entries(operations)) {
        service.faults.add({ ...fault, match: { path: /personas/ } });
        const error = await catchError(operation());
        inspectValue(`${name} under ${JSON.stringify(fault)}`, error);
        inspectValue(
          'keys',
          [...cache.getQueryCache().getAll()].map(({ queryKey, state }) => [queryKey, state.error]),
        );
        cache.clear();
        service.faults.clear();
        service.clearRequests();
      }
    return tally;
  });

  attack('keeps secrets and personal data out of spans, metrics, and diagnostics', async () => {
    const tally = new AttackTally();
    const { service, client, spans, points } = await setupTelemetry(
      {
        auth: CANARY_USER,
        headers: CANARY_HEADERS,
        breaker: false,
        maxResponseBytes: 50_000,
        retry: { ...NO_BACKOFF, limit: 1, budget: false },
      },
      { dialect, auth: { users: { admin: CANARIES.password } } },
    );
    let published = 0;
    for (const name of EVENT_NAMES) {
      const listener = (event: unknown) => {
        published++;
        const found = [
          ...findLeaks(JSON.stringify(event)),
          ...findUnexpectedEventFields(name, Object(event)),
        ];
        tally.check(found.length === 0, () => `${name}: ${found} in ${JSON.stringify(event)}`);
      };
      channel(`persona-client:${name}`).subscribe(listener);
      onTestFinished(() => void channel(`persona-client:${name}`).unsubscribe(listener));
    }
    onTestFinished(publishDiagnostics(client));
    const operations: readonly ((client: PersonaClient) => Promise<unknown>)[] = [
      ({ personas }) => personas.list(),
      ({ personas }) => personas.create(CANARY_PERSONA),
      ({ personas }) => personas.update(1, CANARY_PERSONA),
      ({ personas }) => personas.get(1, { headers: CANARY_HEADERS }),
      ({ behavioral }) => behavioral.update(1, CANARY_PERSONA.behavioral),
      ({ auth }) => auth.login(CANARY_USER),
    ];
    for (const fault of createFastFaults(dialect))
      for (const operation of operations) {
        service.faults.add({ ...fault, times: 2 });
        await catchError(operation(client));
        service.faults.clear();
        service.clearRequests();
      }
    for (const { name, attributes, events, status, resource } of spans()) {
      const text = JSON.stringify({ name, attributes, events, status, resource: resource.attributes });
      tally.check(findLeaks(text).length === 0, () => `${findLeaks(text)} in ${text}`);
    }
    for (const name of [
      'persona_client.call.duration',
      'http.client.request.duration',
      'persona_client.retries',
    ])
      for (const { attributes } of (await points(name)) ?? [])
        tally.check(findLeaks(JSON.stringify(attributes)).length === 0, () => JSON.stringify(attributes));
    tally.check(spans().length > 500 && published > 500, `${spans().length} spans, ${published} published`);
    return tally;
  });

  attack('keeps secrets and error texts of the service out of MCP results', async () => {
    const { tally, service, client } = await setup(dialect);
    const mcp = await connectInProcess(createPersonaMcpServer({ client, confirm: 'never' }));
    const tool = (name: string, args: Record<string, unknown>) => async (mcpClient: McpClient) => {
      const result = await mcpClient.callTool({ name, arguments: args });
      return result.isError ? result : undefined; // a success may contain stored data
    };
    const operations: Readonly<Record<string, (mcpClient: McpClient) => Promise<unknown>>> = {
      get_persona: tool('get_persona', { id: 1 }),
      list_personas: tool('list_personas', {}),
      find_personas: tool('find_personas', { query: 'ada' }),
      get_persona_section: tool('get_persona_section', { id: 1, section: 'demographic' }),
      get_persona_fields: tool('get_persona_fields', {}),
      update_persona: tool('update_persona', { id: 1, name: 'Ada' }),
      update_persona_section: tool('update_persona_section', {
        id: 1,
        section: 'contextual',
        data: { weather: 'x' },
      }),
      create_persona: tool('create_persona', { name: 'Ada' }),
      delete_persona: tool('delete_persona', { id: 1 }),
      'a resource': (mcpClient) => mcpClient.readResource({ uri: 'persona://1' }).then(() => undefined),
      'a section': (mcpClient) =>
        mcpClient.readResource({ uri: 'persona://1/behavioral' }).then(() => undefined),
      schema: (mcpClient) => mcpClient.readResource({ uri: 'persona://schema' }).then(() => undefined),
      'a prompt': (mcpClient) =>
        mcpClient.getPrompt({ name: 'adopt_persona', arguments: { id: '1' } }).then(() => undefined),
      'second page': (mcpClient) => mcpClient.listResources({ cursor: 'page-2' }).then(() => undefined),
      completion: (mcpClient) =>
        mcpClient.complete({
          ref: { type: 'ref/prompt', name: 'adopt_persona' },
          argument: { name: 'id', value: 'zz' },
        }),
    };
    for (const fault of createFastFaults(dialect))
      for (const [name, operation] of Object.entries(operations)) {
        service.faults.add({ ...fault, match: { path: /personas|schema|field-config/ } });
        const result = await operation(mcp).catch((error: { message: string; data?: unknown }) => ({
          message: error.message,
          data: error.data,
        }));
        const found = findLeaks(JSON.stringify(result ?? null));
        tally.check(found.length === 0, () => `${name}: ${found} in ${JSON.stringify(result)}`);
        service.faults.clear();
      }
    return tally;
  });
});
