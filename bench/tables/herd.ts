import type { Subject } from '../support/processes.js';
import { Stage } from '../support/stage.js';
import type { Effort, Goal, Table } from '../support/table.js';
import { digits } from '../support/table.js';
import { takeTurns } from '../support/turns.js';

const HERD = 1_000;
const ALL = {
  'bare fetch': 'peers/fetch.mjs',
  'the guide by hand': 'peers/by-hand.mjs',
  'persona-client': 'ours/client.mjs',
};

/** A thousand at once: for one persona, and with a token that is no longer taken. */
export async function herd(effort: Effort): Promise<Table[]> {
  await using stage = await Stage.open();
  const { service } = stage;
  const rows: string[][] = [];
  let requests = Number.NaN;
  let renewals = Number.NaN;
  let lost = Number.NaN;
  for (const [name, module] of Object.entries(ALL)) {
    effort.report(name);
    const subject = await stage.subject(module);
    const before = await service.tell({ count: true });
    await subject.run({ operation: 'herd', calls: 1 });
    const between = await service.tell({ count: true, revoke: true });
    requests = between.reads - before.reads;
    if (name === 'bare fetch') {
      rows.push([name, digits(requests), '', '', '']);
      continue; // signs in once, by hand
    }
    const { value: failed } = await subject.run({ operation: 'crowd', calls: 1 });
    const after = await service.tell({ count: true });
    renewals = after.refreshes + after.logins - between.refreshes - between.logins;
    rows.push([
      name,
      digits(requests),
      digits(renewals),
      digits(after.reads - between.reads),
      digits(failed),
    ]);
    lost = failed;
  }
  const time = await together(await stage.subject('ours/client.mjs'), effort);
  return [
    {
      title: `Thundering herd: ${HERD.toLocaleString('en')} calls at once`,
      columns: ['', 'one persona: requests', 'token refused: renewals', 'requests', 'failed calls'],
      rows,
      goals: [
        { what: 'requests of 1,000 equal reads', figure: requests, atMost: 1 },
        { what: 'renewals of 1,000 calls with a token that is refused', figure: renewals, atMost: 1 },
        { what: 'of these, failed', figure: lost, atMost: 0 },
        time,
      ],
    },
  ];
}

async function together(subject: Subject, effort: Effort): Promise<Goal> {
  const calls = (many: number) => (effort.smoke ? 1 : many);
  const rounds = await takeTurns(
    {
      herd: { subject, chunk: { operation: 'herd', calls: calls(20) } },
      one: { subject, chunk: { operation: 'get', calls: calls(500) } },
      hit: { subject, chunk: { operation: 'small', calls: calls(20_000) } },
    },
    effort,
  );
  return {
    what: '1,000 equal reads, to three reads and 1,000 cached ones',
    figure: rounds.us('herd') / (3 * rounds.us('one') + HERD * rounds.us('hit')),
    atMost: 1,
  };
}
