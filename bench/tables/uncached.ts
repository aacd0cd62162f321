import { BenchmarkContext } from '../support/context.js';
import { type Contender, type InterleavedResults, interleave } from '../support/interleave.js';
import type { RunOptions, Table } from '../support/table.js';

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
const ALL_NAMES = Object.keys(MODULES);

/** Measures reads that are not cached, so each sends a request. */
export async function uncached(options: RunOptions): Promise<Table[]> {
  const concurrent = await measure(ALL_NAMES, 'plain', 32, options);
  const chunked = await measure([FETCH, 'ky', OPENAI, OURS, POOLED], 'chunked', 32, options);
  const sequential = await measure(ALL_NAMES, 'plain', 1, options);
  const pooled = (results: InterleavedResults, suffix: string) => [
    { name: `pooled / bare fetch${suffix}`, value: results.ratio(POOLED, FETCH, 'cpuUs'), atMost: 0.55 },
    { name: `pooled / openai's client${suffix}`, value: results.ratio(POOLED, OPENAI, 'cpuUs'), atMost: 0.5 },
  ];
  return [
    {
      ...concurrent.table('Uncached GET, 32 at a time', FETCH),
      goals: [
        { name: 'persona-client / bare ky', value: concurrent.ratio(OURS, 'ky', 'cpuUs'), atMost: 0.9 },
        {
          name: "persona-client / openai's client",
          value: concurrent.ratio(OURS, OPENAI, 'cpuUs'),
          atMost: 0.75,
        },
        {
          name: 'persona-client / the guide by hand',
          value: concurrent.ratio(OURS, BY_HAND, 'cpuUs'),
          atMost: 0.55,
        },
        ...pooled(concurrent, ''),
      ],
    },
    {
      ...chunked.table('Uncached GET, 32 at a time, chunked responses', FETCH),
      goals: pooled(chunked, ', chunked responses'),
    },
    { ...sequential.table('Uncached GET, one at a time', FETCH), goals: [] },
  ];
}

async function measure(
  names: readonly string[],
  encoding: 'plain' | 'chunked',
  concurrency: number,
  options: RunOptions,
): Promise<InterleavedResults> {
  await using context = await BenchmarkContext.open();
  const calls = options.smoke ? 5 : concurrency === 1 ? 1_000 : 2_000;
  const contenders: Record<string, Contender> = {};
  for (const name of names) {
    const subject = await context.startSubject(MODULES[name] ?? '', context.service[encoding]);
    contenders[name] = { subject, workload: { operation: 'get', calls, concurrency } };
  }
  return await interleave(contenders, options);
}
