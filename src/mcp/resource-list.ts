import { type McpServer, ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { cut, visible } from './clean.js';
import { guarded } from './errors.js';
import type { House } from './house.js';

const PER_PAGE = 50;
const CURSOR = /^page-([1-9]\d{0,8})$/;

const json = 'application/json';
const STATIC = [
  {
    uri: 'persona://schema',
    name: 'schema',
    title: 'Persona schema',
    description: 'The JSON Schema of a persona',
    mimeType: json,
  },
  {
    uri: 'persona://field-config',
    name: 'field-config',
    title: 'Persona fields',
    description: 'The fields of psychographic, behavioral and contextual, as this deployment configures them',
    mimeType: json,
  },
];

/**
 * `resources/list` with pages: the SDK's own drops a template's cursor. What is always there is listed also
 * while the service is away.
 */
export function addResourceList(server: McpServer, { client }: House): void {
  server.server.setRequestHandler('resources/list', async ({ params }, { mcpReq: { signal } }) => {
    const number = pageOf(params?.cursor);
    if (number === 1) return firstPage();
    return guarded(() => personas(number));

    async function firstPage() {
      const listed = await personas(1).catch(() => ({ resources: [] }));
      return { ...listed, resources: [...STATIC, ...listed.resources] };
    }

    async function personas(number: number) {
      const page = await client.personas.list({ page: number, perPage: PER_PAGE }, { signal });
      const resources = page.items.map(({ id, name }) => {
        const title = cut(visible(name).replace(/\s+/g, ' ').trim(), 100);
        return { uri: `persona://${id}`, name: `persona-${id}`, title, mimeType: json };
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
