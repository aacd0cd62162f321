/** Makes the files for AI assistants: llms.txt, an index of the guides, and llms-full.txt, their whole text. */
import { GUIDE_GROUPS, REFERENCE, type SiteDocument } from './documents.js';

const INTRODUCTION = `# persona-client

> TypeScript SDK for the Persona Service: typed methods, retries, circuit breaker, cache, token refresh, bulk operations,
> an MCP server, a command, and a complete local service.
`;

/** Documents of llms-full.txt: the guides and the reference pages, not the files about the project itself. */
const GROUPS = [...GUIDE_GROUPS, REFERENCE];

/** Returns llms.txt: a link and one line for each document, by group. */
export function createIndex(
  documents: readonly SiteDocument[],
  getUrl: (document: SiteDocument) => string,
): string {
  const groups = GROUPS.map((group) => {
    const lines = documents
      .filter((document) => document.group === group)
      .map((document) => `- [${document.title}](${getUrl(document)}): ${document.description}\n`);
    return lines.length > 0 ? `\n## ${group}\n\n${lines.join('')}` : '';
  });
  const note = 'The text of all these pages is in [llms-full.txt](llms-full.txt).';
  return `${INTRODUCTION}\n${note}\n${groups.join('')}`;
}

/** Returns llms-full.txt: the Markdown of every guide and reference page. */
export function createFullText(documents: readonly SiteDocument[]): string {
  const texts = documents
    .filter(({ group }) => GROUPS.includes(group))
    .map(({ markdown }) => markdown.replace(/^<!--.*-->\n/gm, '').trim());
  return `${INTRODUCTION}\n${texts.join('\n\n---\n\n')}\n`;
}
