import { startService, startSubject } from '../support/processes.js';
import { median, spread } from '../support/statistics.js';
import type { Took } from '../support/subject.js';
import { digits, type Effort, type Goal, ratio, type Table } from '../support/table.js';
import { type Turn, takeTurns } from '../support/turns.js';

const OURS = 'persona-client';
const POOLED = 'persona-client, pooled';
const BASE = 'bare fetch';
const MODULES = {
  [BASE]: 'peers/fetch.mjs',
  'undici.request': 'peers/undici.mjs',
  ky: 'peers/ky.mjs',
  'openapi-fetch': 'peers/openapi-fetch.mjs',
  "openai's client": 'peers/openai.mjs',
  got: 'peers/got.mjs',
  axios: 'peers/axios.mjs',
  'the guide by hand': 'peers/by-hand.mjs',
  [OURS]: 'ours/client.mjs',
  [POOLED]: 'ours/pooled.mjs',
} as const;
type Name = keyof typeof MODULES;
const CHUNKED: readonly Name[] = [BASE, 'ky', "openai's client", OURS, POOLED];
const ALL = Object.keys(MODULES) as Name[];

type Rounds = Readonly<Record<string, readonly Took[]>>;

/** Reads of personas that nobody has read before: each goes over the wire. */
export async function uncached(effort: Effort): Promise<Table[]> {
  await using service = await startService();
  const of = (names: readonly Name[], url: 'plain' | 'chunked', concurrency: number) =>
    measure(names, service[url], concurrency, effort);
  const busy = await of(ALL, 'plain', 32);
  const chunked = await of(CHUNKED, 'chunked', 32);
  const alone = await of(ALL, 'plain', 1);
  return [
    table('Uncached GET, 32 at a time', busy, [
      against('persona-client to bare ky', busy, OURS, 'ky', 1.25),
      against("persona-client to openai's client", busy, OURS, "openai's client", 1),
      against('persona-client to the guide by hand', busy, OURS, 'the guide by hand', 0.6),
      against('pooled to bare fetch', busy, POOLED, BASE, 0.9),
      against("pooled to openai's client", busy, POOLED, "openai's client", 0.5),
    ]),
    table('Uncached GET, 32 at a time, chunked answers', chunked, [
      against('pooled to bare fetch, chunked answers', chunked, POOLED, BASE, 0.9),
      against("pooled to openai's client, chunked answers", chunked, POOLED, "openai's client", 0.5),
    ]),
    table('Uncached GET, one at a time', alone, []),
  ];
}

async function measure(names: readonly Name[], url: string, concurrency: number, effort: Effort) {
  await using stack = new AsyncDisposableStack();
  const calls = effort.smoke ? 5 : concurrency === 1 ? 1_000 : 2_000;
  const turns: Partial<Record<Name, Turn>> = {};
  for (const name of names) {
    const subject = stack.use(await startSubject(MODULES[name], url));
    turns[name] = { subject, chunk: { operation: 'get', calls, concurrency } };
  }
  return await takeTurns(turns, effort);
}

const wall = (rounds: Rounds, name: Name) => (rounds[name] ?? []).map(({ wallUs }) => wallUs);
const cpu = (rounds: Rounds, name: Name) => (rounds[name] ?? []).map(({ cpuUs }) => cpuUs);
/** Round by round, so that a slow round is slow for both. */
const ratios = (values: readonly number[], others: readonly number[]) =>
  values.map((value, at) => value / (others[at] ?? Number.NaN));

const against = (what: string, rounds: Rounds, name: Name, other: Name, atMost: number): Goal => ({
  what,
  figure: median(ratios(wall(rounds, name), wall(rounds, other))),
  atMost,
});

function table(title: string, rounds: Rounds, goals: readonly Goal[]): Table {
  const rows = (Object.keys(rounds) as Name[]).map((name) => {
    const all = ratios(wall(rounds, name), wall(rounds, BASE));
    return [
      name,
      digits(median(wall(rounds, name))),
      ratio(median(all)),
      spread(all).map(ratio).join(' to '),
      digits(median(cpu(rounds, name))),
      ratio(median(ratios(cpu(rounds, name), cpu(rounds, BASE)))),
    ];
  });
  return {
    title,
    columns: ['', 'µs a call', 'x bare fetch', 'half of the rounds', 'CPU µs', 'x bare fetch'],
    rows,
    goals,
  };
}
