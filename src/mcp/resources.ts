import { type McpServer, ResourceNotFoundError, ResourceTemplate } from '@modelcontextprotocol/server';
import { readableSections, type ServedClient } from './client-like.js';
import { fitToBudget } from './fit-to-budget.js';
import { readWithNote } from './omitted-data.js';
import { withProtocolErrors } from './protocol-errors.js';
import { renderPersona, renderSection } from './render.js';
import { PERSONA_TEMPLATE, SECTION_TEMPLATE } from './resource-list.js';
import { toSafeJson } from './sanitize-text.js';
import { SECTIONS } from './sections.js';
import type { SharedState } from './shared-state.js';

const mimeType = 'application/json';
const MAX_SCHEMA_BYTES = 64_000;
const SCHEMA_CACHE_HINT = { ttlMs: 300_000 };

/**
 * Registers the handlers that read resources: `persona://schema`, `persona://field-config`, `persona://{id}` and
 * `persona://{id}/{section}`. `registerResourceLists()` registers the handlers that list them.
 */
export function registerResources(server: McpServer, { client }: SharedState): void {
  const read = (uri: URL, load: () => Promise<unknown>) =>
    withProtocolErrors(
      async () => ({ contents: [{ uri: uri.href, mimeType, text: toSafeJson(await load()) }] }),
      uri.href,
    );

  server.registerResource(
    'schema',
    'persona://schema',
    { cacheHint: SCHEMA_CACHE_HINT },
    (uri, { mcpReq: { signal } }) =>
      read(
        uri,
        async () =>
          fitToBudget((await client.schema.get({ signal })).schema, { maxBytes: MAX_SCHEMA_BYTES }).shown,
      ),
  );
  server.registerResource(
    'field-config',
    'persona://field-config',
    { cacheHint: SCHEMA_CACHE_HINT },
    (uri, { mcpReq: { signal } }) =>
      read(uri, async () => {
        const config = await client.fieldConfig.get(undefined, undefined, { signal });
        return fitToBudget(config, { maxBytes: MAX_SCHEMA_BYTES }).shown;
      }),
  );
  server.registerResource(
    'persona',
    new ResourceTemplate(PERSONA_TEMPLATE.uriTemplate, { list: undefined }),
    {},
    (uri, variables, { mcpReq: { signal } }) =>
      read(uri, async () =>
        renderPersona(
          await readWithNote((options) =>
            client.personas.get(parseId(uri, variables.id), { ...options, signal }),
          ),
        ),
      ),
  );
  server.registerResource(
    'persona-section',
    new ResourceTemplate(SECTION_TEMPLATE.uriTemplate, { list: undefined }),
    {},
    (uri, variables, { mcpReq: { signal } }) =>
      read(uri, async () => {
        const id = parseId(uri, variables.id);
        const section = SECTIONS.find((name) => name === variables.section);
        if (section === undefined) throw new ResourceNotFoundError(uri.href, describeUnknownSection(client));
        return renderSection(
          id,
          section,
          await readWithNote<unknown>((options) => client[section].get(id, { ...options, signal })),
        );
      }),
  );
}

/** Builds the message for an unknown section. Lists only the sections that the client may read. */
function describeUnknownSection(client: ServedClient): string {
  const sections = readableSections(client);
  return `There is no such section.${sections.length > 0 ? ` Available sections: ${sections.join(', ')}.` : ''}`;
}

/**
 * Parses a persona id. Accepts digits only, so that dots cannot change the path of a request to the service.
 *
 * Decodes the variable first, because the MCP SDK does not.
 */
function parseId(uri: URL, variable: string | readonly string[] | undefined): number {
  const text = percentDecode(variable);
  const id = /^[1-9]\d{0,15}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(id)) return id;
  throw new ResourceNotFoundError(
    uri.href,
    'There is no such persona: an id is a positive integer. Call list_personas to see which ids exist.',
  );
}

function percentDecode(variable: string | readonly string[] | undefined): string {
  try {
    return decodeURIComponent(String(variable));
  } catch {
    return '';
  }
}
