import { type McpServer, ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { allowsAny, readableSections } from './client-like.js';
import { accessDenied, withProtocolErrors } from './protocol-errors.js';
import { toSingleLine, truncate } from './sanitize-text.js';
import type { SharedState } from './shared-state.js';

const RESOURCES_PER_PAGE = 50;
const MAX_TITLE_LENGTH = 100;
const CURSOR_PATTERN = /^page-([1-9]\d{0,8})$/;

const mimeType = 'application/json';
const SCHEMA_RESOURCE = {
  uri: 'persona://schema',
  name: 'schema',
  title: 'Persona schema',
  description: 'The JSON Schema of a persona',
  mimeType,
};
const FIELD_CONFIG_RESOURCE = {
  uri: 'persona://field-config',
  name: 'field-config',
  title: 'Persona fields',
  description: 'The fields of psychographic, behavioral and contextual in this deployment',
  mimeType,
};
export const PERSONA_TEMPLATE = {
  uriTemplate: 'persona://{id}',
  name: 'persona',
  title: 'Persona',
  description: 'A persona with all its sections',
  mimeType,
};
export const SECTION_TEMPLATE = {
  uriTemplate: 'persona://{id}/{section}',
  name: 'persona-section',
  title: 'Section of a persona',
  mimeType,
};

/** The URI templates of all resources. */
export const TEMPLATES: readonly string[] = [PERSONA_TEMPLATE.uriTemplate, SECTION_TEMPLATE.uriTemplate];

/**
 * Registers the lists of resources and templates that the client may read.
 *
 * Replaces the handlers of the MCP SDK, which do not paginate the resources of a template. Lists the static resources
 * even if the service is unavailable.
 */
export function registerResourceLists({ server }: McpServer, { client }: SharedState): void {
  const canReadPersonas = allowsAny(client, ['personas.get']);
  const staticResources = [
    ...(allowsAny(client, ['schema.get']) ? [SCHEMA_RESOURCE] : []),
    ...(allowsAny(client, ['fieldConfig.get']) ? [FIELD_CONFIG_RESOURCE] : []),
  ];
  const sections = readableSections(client);
  const resourceTemplates = [
    ...(canReadPersonas ? [PERSONA_TEMPLATE] : []),
    ...(sections.length > 0
      ? [{ ...SECTION_TEMPLATE, description: `One section of a persona: ${sections.join(', ')}` }]
      : []),
  ];

  server.setRequestHandler('resources/templates/list', () => ({ resourceTemplates }));
  server.setRequestHandler('resources/list', async ({ params }, { mcpReq: { signal } }) => {
    const pageNumber = parseCursor(params?.cursor);
    if (pageNumber > 1) return withProtocolErrors(() => listPersonas(pageNumber, signal));
    const firstPage = await listPersonas(1, signal).catch(() => ({ resources: [] }));
    return { ...firstPage, resources: [...staticResources, ...firstPage.resources] };
  });

  async function listPersonas(pageNumber: number, signal: AbortSignal) {
    if (!canReadPersonas) throw accessDenied();
    const page = await client.personas.list({ page: pageNumber, perPage: RESOURCES_PER_PAGE }, { signal });
    const resources = page.items.map(({ id, name }) => {
      const title = truncate(toSingleLine(name), MAX_TITLE_LENGTH);
      return { uri: `persona://${id}`, name: `persona-${id}`, title, mimeType };
    });
    return pageNumber < page.pages ? { resources, nextCursor: `page-${pageNumber + 1}` } : { resources };
  }
}

function parseCursor(cursor: string | undefined): number {
  if (cursor === undefined) return 1;
  const [, page] = CURSOR_PATTERN.exec(cursor) ?? [];
  if (page === undefined)
    throw new ProtocolError(
      ProtocolErrorCode.InvalidParams,
      'Unknown cursor. Pass nextCursor of the previous page, or no cursor for the first page.',
    );
  return Number(page);
}
