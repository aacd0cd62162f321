import { BenchmarkContext } from '../support/context.js';
import { interleave } from '../support/interleave.js';
import type { RunOptions, Table } from '../support/table.js';
import { createFirstRequests } from '../support/workerd.js';

const OURS = 'persona-client';
const OPENAI = "openai's client";
const MODULES: Readonly<Record<string, string>> = {
  'bare fetch': 'peers/fetch.mjs',
  ky: 'peers/ky.mjs',
  [OPENAI]: 'peers/openai.mjs',
  [OURS]: 'ours/client.mjs',
};
const ISOLATES = 10;

/** Measures the first request to a worker: it creates a client, logs in, and reads a persona. */
export async function workerd(options: RunOptions): Promise<Table[]> {
  await using context = await BenchmarkContext.open();
  const contenders = await Promise.all(
    Object.entries(MODULES).map(async ([name, module]) => {
      const subject = await createFirstRequests(module, context.service.plain, options.smoke ? 2 : ISOLATES);
      return [name, { subject, workload: { operation: 'first request', calls: 1 } }] as const;
    }),
  );
  const rounds = await interleave(Object.fromEntries(contenders), options);
  // CPU times of other processes are known on Linux only
  const metric = Number.isFinite(rounds.microseconds(OURS, 'cpuUs')) ? 'cpuUs' : 'wallUs';
  return [
    {
      ...rounds.table('First request to a worker in workerd', 'bare fetch'),
      goals: [
        {
          name: "first request in workerd / openai's client",
          value: rounds.ratio(OURS, OPENAI, metric),
          atMost: 1.2,
        },
      ],
    },
  ];
}
