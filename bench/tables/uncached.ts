import { Stage } from '../support/stage.js';
import type { Effort, Table } from '../support/table.js';
import { type Rounds, type Turn, takeTurns } from '../support/turns.js';

const OURS = 'persona-client';
const POOLED = 'persona-client, pooled';
const FETCH = 'bare fetch';
const OPENAI = "openai's client";
const BY_HAND = 'the guide by hand';
const MODULES: Readonly<Record<string, string>> = {
  [FETCH]: 'peers/fetch.mjs',
  'undici.request': 'peers/undici.mjs',
  ky: 'peers/ky.mjs',
  'openapi-fetch': 'peers/openapi-fetch.mjs',
  [OPENAI]: 'peers/openai.mjs',
  got: 'peers/got.mjs',
  axios: 'peers/axios.mjs',
  [BY_HAND]: 'peers/by-hand.mjs',
  [OURS]: 'ours/client.mjs',
  [POOLED]: 'ours/pooled.mjs',
};
const ALL = Object.keys(MODULES);

/** Reads of personas that nobody has read before: each goes over the wire. */
export async function uncached(effort: Effort): Promise<Table[]> {
  const busy = await measure(ALL, 'plain', 32, effort);
  const chunked = await measure([FETCH, 'ky', OPENAI, OURS, POOLED], 'chunked', 32, effort);
  const alone = await measure(ALL, 'plain', 1, effort);
  const pooled = (rounds: Rounds, how: string) => [
    { what: `pooled to bare fetch${how}`, figure: rounds.ratio(POOLED, FETCH), atMost: 0.9 },
    { what: `pooled to openai's client${how}`, figure: rounds.ratio(POOLED, OPENAI), atMost: 0.5 },
  ];
  return [
    {
      ...busy.table('Uncached GET, 32 at a time', FETCH),
      goals: [
        { what: 'persona-client to bare ky', figure: busy.ratio(OURS, 'ky'), atMost: 1.25 },
        { what: "persona-client to openai's client", figure: busy.ratio(OURS, OPENAI), atMost: 1 },
        { what: 'persona-client to the guide by hand', figure: busy.ratio(OURS, BY_HAND), atMost: 0.6 },
        ...pooled(busy, ''),
      ],
    },
    {
      ...chunked.table('Uncached GET, 32 at a time, chunked answers', FETCH),
      goals: pooled(chunked, ', chunked answers'),
    },
    { ...alone.table('Uncached GET, one at a time', FETCH), goals: [] },
  ];
}

async function measure(
  names: readonly string[],
  answers: 'plain' | 'chunked',
  concurrency: number,
  effort: Effort,
): Promise<Rounds> {
  await using stage = await Stage.open();
  const calls = effort.smoke ? 5 : concurrency === 1 ? 1_000 : 2_000;
  const turns: Record<string, Turn> = {};
  for (const name of names) {
    const subject = await stage.subject(MODULES[name] ?? '', stage.service[answers]);
    turns[name] = { subject, chunk: { operation: 'get', calls, concurrency } };
  }
  return await takeTurns(turns, effort);
}
