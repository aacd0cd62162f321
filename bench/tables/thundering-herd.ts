import { BenchmarkContext } from '../support/context.js';
import { interleave } from '../support/interleave.js';
import type { Subject } from '../support/processes.js';
import type { Goal, RunOptions, Table } from '../support/table.js';
import { formatNumber } from '../support/table.js';

const CALLS = 1_000;
const MODULES = {
  'bare fetch': 'peers/fetch.mjs',
  'the guide by hand': 'peers/by-hand.mjs',
  'persona-client': 'ours/client.mjs',
};

/** Measures 1,000 concurrent calls: for one persona, and with a rejected token. */
export async function thunderingHerd(options: RunOptions): Promise<Table[]> {
  await using context = await BenchmarkContext.open();
  const { service } = context;
  const rows: string[][] = [];
  let requests = Number.NaN;
  let refreshes = Number.NaN;
  let failures = Number.NaN;
  for (const [name, module] of Object.entries(MODULES)) {
    options.report(name);
    const subject = await context.startSubject(module);
    const before = await service.send({ getCounts: true });
    await subject.run({ operation: 'getSameConcurrently', calls: 1 });
    const middle = await service.send({ getCounts: true, revokeToken: true });
    requests = middle.reads - before.reads;
    if (name === 'bare fetch') {
      rows.push([name, formatNumber(requests), '', '', '']);
      continue; // does not refresh tokens
    }
    const { value: failed } = await subject.run({ operation: 'countFailures', calls: 1 });
    const after = await service.send({ getCounts: true });
    refreshes = after.refreshes + after.logins - middle.refreshes - middle.logins;
    rows.push([
      name,
      formatNumber(requests),
      formatNumber(refreshes),
      formatNumber(after.reads - middle.reads),
      formatNumber(failed),
    ]);
    failures = failed;
  }
  const time = await measureTime(await context.startSubject('ours/client.mjs'), options);
  return [
    {
      title: `Thundering herd: ${CALLS.toLocaleString('en')} concurrent calls`,
      columns: ['', 'one persona: requests', 'rejected token: refreshes', 'requests', 'failed calls'],
      rows,
      goals: [
        { name: 'requests of 1,000 identical reads', value: requests, atMost: 1 },
        { name: 'refreshes of 1,000 calls with a rejected token', value: refreshes, atMost: 1 },
        { name: 'failed calls of these', value: failures, atMost: 0 },
        time,
      ],
    },
  ];
}

async function measureTime(subject: Subject, options: RunOptions): Promise<Goal> {
  const calls = (count: number) => (options.smoke ? 1 : count);
  const rounds = await interleave(
    {
      concurrent: { subject, workload: { operation: 'getSameConcurrently', calls: calls(20) } },
      single: { subject, workload: { operation: 'get', calls: calls(500) } },
      hit: { subject, workload: { operation: 'getSmall', calls: calls(20_000) } },
    },
    options,
  );
  return {
    name: '1,000 identical reads / 3 uncached and 1,000 cached reads',
    value: rounds.compute(
      'cpuUs',
      (cpuUs) => cpuUs('concurrent') / (3 * cpuUs('single') + CALLS * cpuUs('hit')),
    ),
    atMost: 1.5,
  };
}
