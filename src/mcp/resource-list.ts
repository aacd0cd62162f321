import { type McpServer, ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { allowsOne, readableSections } from './client-like.js';
import { denied, guarded } from './errors.js';
import { cut, visible } from './sanitize-text.js';
import type { House } from './shared-state.js';

const PER_PAGE = 50;
const CURSOR = /^page-([1-9]\d{0,8})$/;

const mimeType = 'application/json';
const SCHEMA = {
  uri: 'persona://schema',
  name: 'schema',
  title: 'Persona schema',
  description: 'The JSON Schema of a persona',
  mimeType,
};
const FIELD_CONFIG = {
  uri: 'persona://field-config',
  name: 'field-config',
  title: 'Persona fields',
  description: 'The fields of psychographic, behavioral and contextual, as this deployment configures them',
  mimeType,
};
const PERSONA = {
  uriTemplate: 'persona://{id}',
  name: 'persona',
  title: 'Persona',
  description: 'A persona with all its sections',
  mimeType,
};
const SECTION = {
  uriTemplate: 'persona://{id}/{section}',
  name: 'persona-section',
  title: 'Section of a persona',
  mimeType,
};

/**
 * What there is to read, without what the client's `access` denies; `resources/list` with pages: the SDK's own drops a
 * template's cursor. What is always there is listed also while the service is away.
 */
export function addResourceList({ server }: McpServer, { client }: House): void {
  const readable = allowsOne(client, ['personas.get']);
  const always = [
    ...(allowsOne(client, ['schema.get']) ? [SCHEMA] : []),
    ...(allowsOne(client, ['fieldConfig.get']) ? [FIELD_CONFIG] : []),
  ];
  const sections = readableSections(client);
  const resourceTemplates = [
    ...(readable ? [PERSONA] : []),
    ...(sections.length > 0 ? [{ ...SECTION, description: `One of ${sections.join(', ')}` }] : []),
  ];

  server.setRequestHandler('resources/templates/list', () => ({ resourceTemplates }));
  server.setRequestHandler('resources/list', async ({ params }, { mcpReq: { signal } }) => {
    const number = pageOf(params?.cursor);
    if (number === 1) return firstPage();
    return guarded(() => personas(number));

    async function firstPage() {
      const listed = await personas(1).catch(() => ({ resources: [] }));
      return { ...listed, resources: [...always, ...listed.resources] };
    }

    async function personas(number: number) {
      if (!readable) throw denied();
      const page = await client.personas.list({ page: number, perPage: PER_PAGE }, { signal });
      const resources = page.items.map(({ id, name }) => {
        const title = cut(visible(name).replace(/\s+/g, ' ').trim(), 100);
        return { uri: `persona://${id}`, name: `persona-${id}`, title, mimeType };
      });
      return number < page.pages ? { resources, nextCursor: `page-${number + 1}` } : { resources };
    }
  });
}

function pageOf(cursor: string | undefined): number {
  if (cursor === undefined) return 1;
  const [, page] = CURSOR.exec(cursor) ?? [];
  if (page === undefined)
    throw new ProtocolError(
      ProtocolErrorCode.InvalidParams,
      'Unknown cursor. Use nextCursor as it was given, or none.',
    );
  return Number(page);
}
