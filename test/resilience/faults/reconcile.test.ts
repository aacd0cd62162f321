import type { Persona, ResultWithMeta } from 'persona-client';
import { describe, expect, it } from 'vitest';
import type { FaultPlan, ProxyFault } from '../../support/fault-proxy.js';
import { countOutcomes, type Outcome, serveThroughProxy, settle } from '../../support/proxied-service.js';
import { createRandom } from '../../support/random.js';
import { rawResponse } from '../../support/raw-response.js';
import { addRow } from './support/report-table.js';

const ROUNDS = 50;
const CONCURRENT_ROUNDS = 10;
const CREATES = 200;
const SHARED_PAYLOADS = 5;
const LATE_WRITE_WINDOW_MS = 400;
const MAX_DELAY_MS = 100;

/** A fault for every third create and for every tenth read. */
function planRandomFaults(seed: number): FaultPlan {
  const { next, nextInteger: below } = createRandom(seed);
  return ({ method }) => {
    if (next() >= (method === 'POST' ? 1 / 3 : 0.1)) return undefined;
    const close = next() < 0.5 ? 'reset' : 'end';
    const faults: ProxyFault[] = [
      { type: 'cut-request', bytes: below(330), close },
      { type: 'delay-request', forwardAfterMs: undefined, close },
      { type: 'delay-request', forwardAfterMs: next() * MAX_DELAY_MS, close },
      { type: 'cut-response', bytes: below(300), close },
      { type: 'replace-response', response: rawResponse(502, '<h1>Bad Gateway</h1>'), afterWrite: true },
      { type: 'replace-response', response: rawResponse(503), afterWrite: false },
    ];
    return faults[below(faults.length)];
  };
}

/** Two of five creates use one of five shared payloads. */
const createPayload = (index: number) =>
  index % 5 < 2
    ? { name: `Shared ${index % SHARED_PAYLOADS}`, demographic: { country: 'US', age: 36 } }
    : { name: `Persona ${index}`, psychographic: { interests: ['engines'] } };

async function runRound(seed: number) {
  const { connect, proxy, storedIds } = await serveThroughProxy({
    dialect: seed % 2 ? 'attributes' : 'subresource',
  });
  proxy.chooseFault = planRandomFaults(seed);
  const client = connect({
    breaker: false,
    onUnknownOutcome: 'reconcile',
    lateWriteWindowMs: LATE_WRITE_WINDOW_MS,
    deadlineMs: 120_000,
    retry: { limit: 10, backoffMs: 5 },
  });
  const outcomes: string[] = [];
  const ids = new Map<string, Set<number>>();
  await Promise.all(
    Array.from({ length: CREATES }, async (_, index) => {
      const data = createPayload(index);
      const outcome = await settle(client.withMeta.personas.create(data));
      outcomes.push(describeOutcome(outcome));
      if ('value' in outcome)
        ids.set(data.name, (ids.get(data.name) ?? new Set()).add(outcome.value.data.id));
    }),
  );
  const stored = await storedIds();
  const storedCount = [...stored.values()].flat().length;
  const reportedAndStored = [...ids].flatMap(([name, reported]) =>
    [...reported].filter((id) => stored.get(name)?.includes(id)),
  );
  const successes = outcomes.filter((outcome) => !outcome.startsWith('failed')).length;
  return {
    outcomes,
    sent: proxy.requestCounts.get('POST') ?? 0,
    duplicates: storedCount - reportedAndStored.length,
    lost: successes - reportedAndStored.length,
  };
}

const describeOutcome = (outcome: Outcome<ResultWithMeta<Persona>>): string => {
  if ('error' in outcome) return `failed: ${outcome.error.code}, maybeApplied ${outcome.error.maybeApplied}`;
  const { source, attempts } = outcome.value.meta;
  return source === 'reconciled' ? 'found' : attempts > 1 ? 'created by a repeat' : 'created';
};

describe("onUnknownOutcome: 'reconcile'", () => {
  it('creates each of 10,000 personas at most once, with random faults, equal payloads and late writes', async ({
    task,
  }) => {
    const rounds: Awaited<ReturnType<typeof runRound>>[] = [];
    for (let first = 0; first < ROUNDS; first += CONCURRENT_ROUNDS)
      rounds.push(
        ...(await Promise.all(
          Array.from({ length: CONCURRENT_ROUNDS }, (_, index) => runRound(first + index)),
        )),
      );
    const sum = (key: 'sent' | 'duplicates' | 'lost') =>
      rounds.reduce((total, round) => total + round[key], 0);
    const outcomes = rounds.flatMap((round) => round.outcomes).toSorted();
    const duplicates = sum('duplicates');
    const lost = sum('lost');
    addRow(task, {
      fault: "creates, random faults, writes up to 100 ms late, onUnknownOutcome: 'reconcile'",
      calls: ROUNDS * CREATES,
      sent: sum('sent'),
      outcomes: countOutcomes(outcomes),
      duplicates,
      lost,
    });
    expect({ duplicates, lost }).toEqual({ duplicates: 0, lost: 0 });
    // A create that gets 5xx twice stays in doubt, whatever the search found.
    const failures = outcomes.filter((outcome) => outcome.startsWith('failed'));
    expect(new Set(failures)).toEqual(new Set(['failed: server_error, maybeApplied true']));
    expect(failures.length).toBeLessThan(CREATES);
  });
});
