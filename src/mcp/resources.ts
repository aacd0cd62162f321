import { type McpServer, ResourceNotFoundError, ResourceTemplate } from '@modelcontextprotocol/server';
import { readableSections } from './client-like.js';
import { completeId, completeSection } from './completion.js';
import { guarded } from './errors.js';
import { shortened } from './fit-to-budget.js';
import { SECTIONS } from './names.js';
import { personaTold, sectionTold } from './render.js';
import { escaped } from './sanitize-text.js';
import type { House } from './shared-state.js';

const mimeType = 'application/json';
const SCHEMA_BYTES = 64_000;
const FIVE_MINUTES = { ttlMs: 300_000 };

/**
 * `persona://schema`, `persona://field-config`, `persona://{id}`, `persona://{id}/{section}`: how they are read. How they
 * are listed is ours, too.
 */
export function addResources(server: McpServer, house: House): void {
  const { client } = house;
  const complete = { id: completeId(client), section: completeSection(client) };

  const answer = (uri: URL, work: () => Promise<unknown>) =>
    guarded(async () => ({ contents: [{ uri: uri.href, mimeType, text: escaped(await work()) }] }), uri.href);

  server.registerResource(
    'schema',
    'persona://schema',
    { cacheHint: FIVE_MINUTES },
    (uri, { mcpReq: { signal } }) =>
      answer(uri, async () => shortened((await client.schema.get({ signal })).schema, SCHEMA_BYTES).value),
  );
  server.registerResource(
    'field-config',
    'persona://field-config',
    { cacheHint: FIVE_MINUTES },
    (uri, { mcpReq: { signal } }) =>
      answer(
        uri,
        async () =>
          shortened(await client.fieldConfig.get(undefined, undefined, { signal }), SCHEMA_BYTES).value,
      ),
  );
  server.registerResource(
    'persona',
    new ResourceTemplate('persona://{id}', { list: undefined, complete }),
    {},
    (uri, variables, { mcpReq: { signal } }) =>
      answer(uri, async () => personaTold(await client.personas.get(idOf(uri, variables.id), { signal }))),
  );
  server.registerResource(
    'persona-section',
    new ResourceTemplate('persona://{id}/{section}', { list: undefined, complete }),
    {},
    (uri, variables, { mcpReq: { signal } }) =>
      answer(uri, async () => {
        const id = idOf(uri, variables.id);
        const section = SECTIONS.find((name) => name === variables.section);
        if (section === undefined) throw new ResourceNotFoundError(uri.href, noSection(client));
        return sectionTold(id, section, await client[section].get(id, { signal }));
      }),
  );
}

/** Names those alone that may be read; where none may, the refusal is no help. */
function noSection(client: House['client']): string {
  const sections = readableSections(client);
  return `There is no such section.${sections.length > 0 ? ` There are ${sections.join(', ')}.` : ''}`;
}

/** Digits and nothing else: a variable comes with its percent-encoding, and dots would climb in the service's paths. */
function idOf(uri: URL, variable: string | readonly string[] | undefined): number {
  const id = /^[1-9]\d{0,15}$/.test(decoded(variable)) ? Number(decoded(variable)) : Number.NaN;
  if (Number.isSafeInteger(id)) return id;
  throw new ResourceNotFoundError(
    uri.href,
    'There is no such persona: ids are whole numbers from 1. Call list_personas.',
  );
}

function decoded(variable: string | readonly string[] | undefined): string {
  try {
    return decodeURIComponent(String(variable));
  } catch {
    return '';
  }
}
