import { Stage } from '../support/stage.js';
import { digits, type Effort, type Table } from '../support/table.js';

const ALONE = 'persona-client, without its circuit';
const OURS = 'persona-client';
const MODULES: Readonly<Record<string, string>> = {
  'bare fetch': 'peers/fetch.mjs',
  ky: 'peers/ky.mjs',
  "openai's client": 'peers/openai.mjs',
  'axios, axios-retry': 'peers/axios-retry.mjs',
  'the guide by hand': 'peers/by-hand.mjs',
  [ALONE]: 'ours/no-breaker.mjs',
  [OURS]: 'ours/client.mjs',
};

/** What a service that is down gets to bear: it answers 503 to everything. */
export async function outage(effort: Effort): Promise<Table[]> {
  const calls = effort.smoke ? 5 : 200;
  effort.report(`${calls} calls of each`);
  const perCall = new Map(
    await Promise.all(
      Object.entries(MODULES).map(async ([name, module]) => [name, await requests(module, calls)] as const),
    ),
  );
  return [
    {
      title: `Outage: ${calls} calls at once, all answered 503`,
      columns: ['', 'requests a call'],
      rows: [...perCall].map(([name, figure]) => [name, digits(figure)]),
      goals: [
        {
          what: 'requests a call, without the circuit',
          figure: perCall.get(ALONE) ?? Number.NaN,
          atMost: 1.1,
        },
        { what: 'requests a call', figure: perCall.get(OURS) ?? Number.NaN, atMost: 1.1 },
      ],
    },
  ];
}

async function requests(module: string, calls: number): Promise<number> {
  await using stage = await Stage.open();
  const subject = await stage.subject(module);
  const before = await stage.service.tell({ answer: 'unavailable' });
  const { made } = await subject.run({ operation: 'failing', calls, concurrency: calls });
  const after = await stage.service.tell({ count: true });
  return (after.reads - before.reads) / made;
}
