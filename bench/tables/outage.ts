import { BenchmarkContext } from '../support/context.js';
import { formatNumber, type RunOptions, type Table } from '../support/table.js';

const WITHOUT_BREAKER = 'persona-client, without circuit breaker';
const OURS = 'persona-client';
const MODULES: Readonly<Record<string, string>> = {
  'bare fetch': 'peers/fetch.mjs',
  ky: 'peers/ky.mjs',
  "openai's client": 'peers/openai.mjs',
  'axios, axios-retry': 'peers/axios-retry.mjs',
  'the guide by hand': 'peers/by-hand.mjs',
  [WITHOUT_BREAKER]: 'ours/no-breaker.mjs',
  [OURS]: 'ours/client.mjs',
};

/** Counts the requests that clients send to a service that fails with 503. */
export async function outage(options: RunOptions): Promise<Table[]> {
  const calls = options.smoke ? 5 : 200;
  options.report(`${calls} calls of each`);
  const requestsByName = new Map(
    await Promise.all(
      Object.entries(MODULES).map(
        async ([name, module]) => [name, await requestsPerCall(module, calls)] as const,
      ),
    ),
  );
  return [
    {
      title: `Outage: ${calls} concurrent calls, all fail with 503`,
      columns: ['', 'requests per call'],
      rows: [...requestsByName].map(([name, figure]) => [name, formatNumber(figure)]),
      goals: [
        {
          name: 'requests per call, without circuit breaker',
          value: requestsByName.get(WITHOUT_BREAKER) ?? Number.NaN,
          atMost: 1.1,
        },
        { name: 'requests per call', value: requestsByName.get(OURS) ?? Number.NaN, atMost: 1.1 },
      ],
    },
  ];
}

async function requestsPerCall(module: string, calls: number): Promise<number> {
  await using context = await BenchmarkContext.open();
  const subject = await context.startSubject(module);
  const before = await context.service.send({ mode: 'unavailable' });
  const { callCount } = await subject.run({ operation: 'expectFailure', calls, concurrency: calls });
  const after = await context.service.send({ getCounts: true });
  return (after.reads - before.reads) / callCount;
}
