import { BenchmarkContext } from '../support/context.js';
import { interleave } from '../support/interleave.js';
import type { RunOptions, Table } from '../support/table.js';

const OURS = 'persona-client, open circuit';
const UNCACHED = 'persona-client, uncached';
const OPEN_CIRCUIT = { operation: 'expectFailure', calls: 10, concurrency: 10 };

/** Measures calls that an open circuit rejects. */
export async function openCircuit(options: RunOptions): Promise<Table[]> {
  await using context = await BenchmarkContext.open();
  const ours = await context.startSubject('ours/isolated.mjs');
  const byHand = await context.startSubject('peers/by-hand-isolated.mjs');
  const uncached = await context.startSubject('ours/client.mjs');

  options.report('opening the circuits');
  await context.service.send({ mode: 'unavailable' });
  await Promise.all([ours.run(OPEN_CIRCUIT), byHand.run(OPEN_CIRCUIT)]);
  const before = await context.service.send({ mode: 'healthy' });

  const rejectedCalls = { operation: 'expectFailure', calls: options.smoke ? 5 : 5_000 };
  const read = { operation: 'get', calls: options.smoke ? 5 : 1_000 };
  const rounds = await interleave(
    {
      [UNCACHED]: { subject: uncached, workload: read },
      'the guide by hand, open circuit': { subject: byHand, workload: rejectedCalls },
      [OURS]: { subject: ours, workload: rejectedCalls },
    },
    options,
  );
  const after = await context.service.send({ getCounts: true });
  return [
    {
      ...rounds.table('Open circuit, one call at a time', UNCACHED),
      goals: [
        {
          name: 'a rejected call / an uncached read',
          value: rounds.ratio(OURS, UNCACHED, 'cpuUs'),
          atMost: 0.03,
        },
        {
          name: 'requests sent through open circuits',
          value: after.reads - before.reads - rounds.callCount(UNCACHED),
          atMost: 0,
        },
      ],
    },
  ];
}
