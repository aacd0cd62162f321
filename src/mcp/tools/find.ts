import type { ServerContext } from '@modelcontextprotocol/server';
import * as z from 'zod/mini';
import type { Persona } from '../../index.js';
import { NOTE, type Row, rowOf } from '../render.js';
import { visible } from '../sanitize-text.js';
import { whole } from '../schema.js';
import { FOUND } from './outputs.js';
import { READS, tool } from './types.js';

/** The service has no search: the list is read, and no more of it than this. */
const MOST_SEARCHED = 2_000;
const PER_REQUEST = 100;

export const findPersonas = tool<{ query: string; limit?: number }>({
  name: 'find_personas',
  title: 'Find personas',
  description:
    `Find personas in whose name or data all words of the query occur, upper or lower case. Reads up to ${MOST_SEARCHED} ` +
    'personas, most recently updated first; complete says whether those were all.',
  hints: READS,
  calls: ['personas.list'],
  input: () =>
    z.strictObject({
      query: z
        .string()
        .check(z.minLength(1), z.maxLength(200), z.describe('Words to look for, as "toronto music"')),
      limit: whole(1, 50, 'Personas to give back at most, default 10'),
    }),
  output: FOUND,
  run: async ({ query, limit = 10 }, { client }, { signal, context }) => {
    const words = folded(query).split(/\s+/).filter(Boolean);
    const found: Row[] = [];
    let searched = 0;
    let complete = true;
    const { total } = await client.personas.list({ page: 1, perPage: PER_REQUEST }, { signal });
    for await (const persona of client.personas.iterate({ perPage: PER_REQUEST, maxScans: 1 }, { signal })) {
      if (searched === MOST_SEARCHED || found.length === limit) {
        complete = false;
        break;
      }
      searched++;
      if (searched % PER_REQUEST === 0) await progress(context, searched, Math.min(total, MOST_SEARCHED));
      const text = textOf(persona);
      if (words.every((word) => text.includes(word))) found.push(rowOf(persona));
    }
    return { note: NOTE, personas: found, searched, total, complete };
  },
});

const folded = (text: string) => visible(text).normalize('NFKC').toLowerCase();

/** The name and all that was ever set, without the names of the fields. */
function textOf({ name, demographic, psychographic, behavioral, contextual }: Persona): string {
  const texts: string[] = [];
  const collect = (value: unknown): void => {
    if (typeof value === 'string' || typeof value === 'number') texts.push(String(value));
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(collect);
  };
  collect([name, demographic, psychographic, behavioral, contextual]);
  return folded(texts.join('\n'));
}

/** Only a client that gave a token for it hears of progress. */
async function progress({ mcpReq }: ServerContext, done: number, total: number): Promise<void> {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined) return;
  await mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress: done, total } });
}
