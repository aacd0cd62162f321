import type { ServerContext } from '@modelcontextprotocol/server';
import * as z from 'zod/mini';
import type { AnyPersona, PersonaIteration } from '../client-like.js';
import { optionalInteger } from '../input-schemas.js';
import { OmittedData } from '../omitted-data.js';
import { createNote, type PersonaSummary, renderSummary } from '../render.js';
import { removeInvisible } from '../sanitize-text.js';
import { SEARCH_OUTPUT } from './output-schemas.js';
import { defineTool, READ_ONLY } from './types.js';

/** The service has no search, so the tool reads the list, up to this many personas. */
const MAX_SEARCHED = 2_000;
const FIND_PAGE_SIZE = 100;

export const findPersonas = defineTool<{ query: string; limit?: number }>({
  name: 'find_personas',
  title: 'Find personas',
  description:
    `Find personas whose name or data contains every word of the query, ignoring case. Searches up to ${MAX_SEARCHED} ` +
    'personas, most recently updated first; complete is true if it searched all personas, otherwise incomplete says why not.',
  annotations: READ_ONLY,
  operations: ['personas.list'],
  inputSchema: z.strictObject({
    query: z
      .string()
      .check(z.minLength(1), z.maxLength(200), z.describe('Words to search for, such as "toronto music"')),
    limit: optionalInteger(1, 50, 'Maximum number of personas to return, default 10'),
  }),
  outputSchema: SEARCH_OUTPUT,
  run: async ({ query, limit = 10 }, { client }, { signal, serverContext }) => {
    const words = normalizeText(query).split(/\s+/).filter(Boolean);
    const matches: PersonaSummary[] = [];
    let searched = 0;
    let hasStopped = false;
    const omittedData = new OmittedData();
    const options = { signal, onInvalidFields: omittedData.add };
    const iteration = client.personas.iterate({ perPage: FIND_PAGE_SIZE, maxScans: 1 }, options);
    const countTotal = () => iteration.report?.total ?? searched;
    for await (const persona of iteration) {
      hasStopped = searched === MAX_SEARCHED || matches.length === limit;
      if (hasStopped) break;
      searched++;
      if (searched % FIND_PAGE_SIZE === 0)
        await reportProgress(serverContext, searched, Math.min(countTotal(), MAX_SEARCHED));
      const text = searchableText(persona);
      if (words.every((word) => text.includes(word))) matches.push(renderSummary(persona));
    }
    const incomplete = hasStopped ? STOPPED_EARLY : describeIncomplete(iteration);
    return {
      note: createNote(false, omittedData.note),
      personas: matches,
      searched,
      total: countTotal(),
      complete: incomplete === undefined,
      ...(incomplete !== undefined && { incomplete }),
    };
  },
});

const STOPPED_EARLY =
  'The search ended at the maximum number of personas, so others may match. Use a more specific query.';

/** Says why a search that read the list to its end did not see every persona. */
function describeIncomplete({ report }: PersonaIteration): string | undefined {
  if (report === undefined || report.complete) return undefined;
  if (report.incompleteReason === 'changed')
    return 'Other clients changed personas during the search, so others may match. Search again.';
  return report.incompleteReason === 'undercounted'
    ? 'The service counts fewer personas than its list contains, so others may match. Tell the user.'
    : `The service counts ${report.unseen} personas that its list does not contain, so the search could not see them. Tell the user.`;
}

/** Ignores all joiners, because people type the same word with and without them. */
const normalizeText = (text: string) => removeInvisible(text).normalize('NFKC').toLowerCase();

/** The name and all field values, without the field names. */
function searchableText({ name, demographic, psychographic, behavioral, contextual }: AnyPersona): string {
  const texts: string[] = [];
  const collect = (value: unknown): void => {
    if (typeof value === 'string' || typeof value === 'number') texts.push(String(value));
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(collect);
  };
  collect([name, demographic, psychographic, behavioral, contextual]);
  return normalizeText(texts.join('\n'));
}

/** Sends a progress notification if the MCP client sent a progress token. */
async function reportProgress({ mcpReq }: ServerContext, progress: number, total: number): Promise<void> {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined) return;
  await mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total } });
}
