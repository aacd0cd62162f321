import { channel } from 'node:diagnostics_channel';
import type { Client as McpClient } from '@modelcontextprotocol/client';
import { QueryClient } from '@tanstack/query-core';
import { type PersonaClient, PersonaError } from 'persona-client';
import {
  createMany,
  deleteMany,
  type ItemResult,
  type Journal,
  type JournalEntry,
  privacyOf,
  updateMany,
} from 'persona-client/collections';
import { createPersonaMcpServer } from 'persona-client/mcp';
import { publishDiagnostics } from 'persona-client/node';
import { type PersonaMutation, personaQueries } from 'persona-client/query';
import type { Dialect } from 'persona-client/testing';
import { describe, onTestFinished } from 'vitest';
import { connectTo } from '../support/mcp-in-process.js';
import { telemetered } from '../support/otel.js';
import { AT_ONCE, DIALECTS, serve } from '../support/service.js';
import { CANARIES, EVENT_NAMES, leaksIn, strangersInEvent } from './canaries.js';
import { AUTH, faults, HEADERS, PERSONA, USER, watched } from './poison.js';
import { attack, Tally } from './report.js';
import { failureOf } from './world.js';

/** Those that any call can meet, and that do not make it wait. */
const faultsOf = (dialect: Dialect) =>
  faults(dialect).filter((one) => !('stall' in one) && one.match !== AUTH);

/** A service, and a client of it that is looked at. */
async function world(dialect: Dialect) {
  const tally = new Tally();
  const { service, url } = await serve({ dialect, auth: { users: { admin: CANARIES.password } } });
  const { client, look } = watched(
    { tally, granted: new Set() },
    { baseUrl: url, retry: { ...AT_ONCE, limit: 1, budget: false }, breaker: false, timeoutMs: 1_000 },
  );
  onTestFinished(() => client.close());
  await client.personas.list();
  return { tally, service, client, look };
}

class Written implements Journal {
  readonly entries: JournalEntry[] = [];
  open = async () => [];
  append = async (more: readonly JournalEntry[]) => void this.entries.push(...more);
  close = async () => {};
}

const SOON = { maxStallMs: 1, lateWriteWindowMs: 0 };

describe.each(DIALECTS)('ways in, %s', (dialect) => {
  attack(
    `collections under faults: a secret or a persona in a result, a report, a journal (${dialect})`,
    async () => {
      const { tally, service, client, look } = await world(dialect);
      const privacy = privacyOf(client);
      const through = async (
        run: AsyncIterable<ItemResult<unknown, unknown>> & { readonly summary: object },
      ) => {
        for await (const result of run) if (!result.ok) look('the error of an item', result.error);
        look('summary', run.summary);
      };
      const ways: Readonly<Record<string, () => Promise<unknown>>> = {
        createMany: () => through(createMany(client, [PERSONA, PERSONA], SOON)),
        'createMany, journal': async () => {
          const journal = new Written();
          const run = through(createMany(client, [PERSONA], { ...SOON, journal })).finally(() => {
            look('journal', journal.entries);
          });
          return run;
        },
        updateMany: () => through(updateMany(client, [{ id: 1, data: PERSONA }], SOON)),
        deleteMany: () => through(deleteMany(client, [2], SOON)),
        export: () => privacy.export(1).then(() => {}),
        erase: async () => look('receipt', await privacy.erase(3)),
        purge: async () =>
          look('purge', await privacy.purge({ olderThan: new Date(), dryRun: true, maxStallMs: 1 })),
      };
      for (const fault of faultsOf(dialect))
        for (const [name, way] of Object.entries(ways)) {
          service.faults.add({ ...fault, match: { path: /personas/ }, times: 4 });
          const error = await failureOf(way());
          if (error) look(`${name} under ${JSON.stringify(fault)}`, error);
          tally.check(
            error === undefined || error instanceof PersonaError,
            () => `${name}: ${String(error)}`,
          );
          service.faults.clear();
          service.clearRequests();
        }
      return tally;
    },
  );

  attack(`queries under faults: a secret or a persona in an error, or in a key (${dialect})`, async () => {
    const { tally, service, client, look } = await world(dialect);
    const queries = personaQueries(client);
    const cache = new QueryClient();
    onTestFinished(() => cache.clear());
    const mutate = <Data, Variables>(options: PersonaMutation<Data, Variables>, variables: Variables) =>
      cache.getMutationCache().build(cache, options).execute(variables);
    const ways: Readonly<Record<string, () => Promise<unknown>>> = {
      get: () => cache.fetchQuery(queries.personas.get(1)),
      list: () => cache.fetchQuery(queries.personas.list()),
      infinite: () => cache.fetchInfiniteQuery(queries.personas.infiniteList()),
      category: () => cache.fetchQuery(queries.behavioral.get(1)),
      create: () => mutate(queries.personas.create(), PERSONA),
      update: () => mutate(queries.personas.update(), { id: 1, data: PERSONA }),
      'category.update': () => mutate(queries.psychographic.update(), { id: 1, data: PERSONA.psychographic }),
      delete: () => mutate(queries.personas.delete(), 2),
    };
    for (const fault of faultsOf(dialect))
      for (const [name, way] of Object.entries(ways)) {
        service.faults.add({ ...fault, match: { path: /personas/ } });
        const error = await failureOf(way());
        look(`${name} under ${JSON.stringify(fault)}`, error);
        look(
          'keys',
          [...cache.getQueryCache().getAll()].map(({ queryKey, state }) => [queryKey, state.error]),
        );
        cache.clear();
        service.faults.clear();
        service.clearRequests();
      }
    return tally;
  });

  attack(
    `spans, metrics and diagnostics under faults: a secret or a persona in one (${dialect})`,
    async () => {
      const tally = new Tally();
      const { service, client, spans, points } = await telemetered(
        {
          auth: USER,
          headers: HEADERS,
          breaker: false,
          maxResponseBytes: 50_000,
          retry: { ...AT_ONCE, limit: 1, budget: false },
        },
        { dialect, auth: { users: { admin: CANARIES.password } } },
      );
      let published = 0;
      for (const name of EVENT_NAMES) {
        const hear = (event: unknown) => {
          published++;
          const found = [...leaksIn(JSON.stringify(event)), ...strangersInEvent(name, Object(event))];
          tally.check(found.length === 0, () => `${name}: ${found} in ${JSON.stringify(event)}`);
        };
        channel(`persona-client:${name}`).subscribe(hear);
        onTestFinished(() => void channel(`persona-client:${name}`).unsubscribe(hear));
      }
      onTestFinished(publishDiagnostics(client));
      const ways: readonly ((client: PersonaClient) => Promise<unknown>)[] = [
        ({ personas }) => personas.list(),
        ({ personas }) => personas.create(PERSONA),
        ({ personas }) => personas.update(1, PERSONA),
        ({ personas }) => personas.get(1, { headers: HEADERS }),
        ({ behavioral }) => behavioral.update(1, PERSONA.behavioral),
        ({ auth }) => auth.login(USER),
      ];
      for (const fault of faultsOf(dialect))
        for (const way of ways) {
          service.faults.add({ ...fault, times: 2 });
          await failureOf(way(client));
          service.faults.clear();
          service.clearRequests();
        }
      for (const { name, attributes, events, status, resource } of spans()) {
        const told = JSON.stringify({ name, attributes, events, status, resource: resource.attributes });
        tally.check(leaksIn(told).length === 0, () => `${leaksIn(told)} in ${told}`);
      }
      for (const name of [
        'persona_client.call.duration',
        'http.client.request.duration',
        'persona_client.retries',
      ])
        for (const { attributes } of (await points(name)) ?? [])
          tally.check(leaksIn(JSON.stringify(attributes)).length === 0, () => JSON.stringify(attributes));
      tally.check(spans().length > 500 && published > 500, `${spans().length} spans, ${published} published`);
      return tally;
    },
  );

  attack(`MCP under faults: a secret or a service's word in an answer (${dialect})`, async () => {
    const { tally, service, client } = await world(dialect);
    const mcp = await connectTo(createPersonaMcpServer({ client, confirm: 'never' }));
    const tool = (name: string, args: Record<string, unknown>) => async (by: McpClient) => {
      const answer = await by.callTool({ name, arguments: args });
      return answer.isError ? answer : undefined; // what is stored is its business
    };
    const ways: Readonly<Record<string, (by: McpClient) => Promise<unknown>>> = {
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
      'a resource': (by) => by.readResource({ uri: 'persona://1' }).then(() => undefined),
      'a section': (by) => by.readResource({ uri: 'persona://1/behavioral' }).then(() => undefined),
      schema: (by) => by.readResource({ uri: 'persona://schema' }).then(() => undefined),
      'a prompt': (by) =>
        by.getPrompt({ name: 'adopt_persona', arguments: { id: '1' } }).then(() => undefined),
      'second page': (by) => by.listResources({ cursor: 'page-2' }).then(() => undefined),
      completion: (by) =>
        by.complete({
          ref: { type: 'ref/prompt', name: 'adopt_persona' },
          argument: { name: 'id', value: 'zz' },
        }),
    };
    for (const fault of faultsOf(dialect))
      for (const [name, way] of Object.entries(ways)) {
        service.faults.add({ ...fault, match: { path: /personas|schema|field-config/ } });
        const told = await way(mcp).catch((error: { message: string; data?: unknown }) => ({
          message: error.message,
          data: error.data,
        }));
        const found = leaksIn(JSON.stringify(told ?? null));
        tally.check(found.length === 0, () => `${name}: ${found} in ${JSON.stringify(told)}`);
        service.faults.clear();
      }
    return tally;
  });
});
