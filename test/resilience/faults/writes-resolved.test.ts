import type { Persona, ResultWithMeta } from 'persona-client';
import { describe, expect, it } from 'vitest';
import type { Cut, Plan } from './support/proxy.js';
import { randomFrom } from './support/random.js';
import { answered } from './support/raw.js';
import { tell } from './support/table.js';
import { type Settled, settle, tally, world } from './support/world.js';

const ROUNDS = 50;
const AT_A_TIME = 10;
const CREATES = 200;
const NAMESAKES = 5;
const LANDS_WITHIN_MS = 400;
const LANDS_LATE_MS = 100;

/** Every third create meets a fault, every tenth read does. */
function randomCuts(seed: number): Plan {
  const { next, below } = randomFrom(seed);
  return ({ method }) => {
    if (next() >= (method === 'POST' ? 1 / 3 : 0.1)) return undefined;
    const how = next() < 0.5 ? 'reset' : 'end';
    const cuts: Cut[] = [
      { at: 'request', bytes: below(330), how },
      { at: 'request', landsAfterMs: undefined, how },
      { at: 'request', landsAfterMs: next() * LANDS_LATE_MS, how },
      { at: 'response', bytes: below(300), how },
      { at: 'instead', answer: answered(502, '<h1>Bad Gateway</h1>'), afterWrite: true },
      { at: 'instead', answer: answered(503), afterWrite: false },
    ];
    return cuts[below(cuts.length)];
  };
}

/** Two of five creates share one of five payloads with others, at the same time. */
const payload = (at: number) =>
  at % 5 < 2
    ? { name: `Namesake ${at % NAMESAKES}`, demographic: { country: 'US', age: 36 } }
    : { name: `Persona ${at}`, psychographic: { interests: ['engines'] } };

async function round(seed: number) {
  const { connect, proxy, held } = await world({ dialect: seed % 2 ? 'attributes' : 'subresource' });
  proxy.plan = randomCuts(seed);
  const client = connect({
    breaker: false,
    onUnknownOutcome: 'reconcile',
    lateWriteWindowMs: LANDS_WITHIN_MS,
    deadlineMs: 120_000,
    retry: { limit: 10, backoffMs: 5 },
  });
  const outcomes: string[] = [];
  const ids = new Map<string, Set<number>>();
  await Promise.all(
    Array.from({ length: CREATES }, async (_, at) => {
      const data = payload(at);
      const outcome = await settle(client.withMeta.personas.create(data));
      outcomes.push(inWords(outcome));
      if ('value' in outcome)
        ids.set(data.name, (ids.get(data.name) ?? new Set()).add(outcome.value.data.id));
    }),
  );
  const really = await held();
  const all = [...really.values()].flat().length;
  const own = [...ids].flatMap(([name, told]) => [...told].filter((id) => really.get(name)?.includes(id)));
  const successes = outcomes.filter((outcome) => !outcome.startsWith('failed')).length;
  return {
    outcomes,
    sent: proxy.requests.get('POST') ?? 0,
    duplicates: all - own.length,
    lost: successes - own.length,
  };
}

const inWords = (outcome: Settled<ResultWithMeta<Persona>>): string => {
  if ('error' in outcome) return `failed: ${outcome.error.code}, maybeApplied ${outcome.error.maybeApplied}`;
  const { source, attempts } = outcome.value.meta;
  return source === 'reconciled' ? 'found' : attempts > 1 ? 'created again' : 'created at once';
};

describe("onUnknownOutcome: 'reconcile'", () => {
  it('creates each of 10,000 once, under random cuts, namesakes and late landings', async ({ task }) => {
    const rounds: Awaited<ReturnType<typeof round>>[] = [];
    for (let first = 0; first < ROUNDS; first += AT_A_TIME)
      rounds.push(...(await Promise.all(Array.from({ length: AT_A_TIME }, (_, at) => round(first + at)))));
    const sum = (of: (one: (typeof rounds)[number]) => number) =>
      rounds.reduce((total, one) => total + of(one), 0);
    const outcomes = rounds.flatMap((one) => one.outcomes).toSorted();
    const duplicates = sum((one) => one.duplicates);
    const lost = sum((one) => one.lost);
    tell(task, {
      fault: "creates, random cuts, landings up to 100 ms late, onUnknownOutcome: 'reconcile'",
      calls: ROUNDS * CREATES,
      sent: sum((one) => one.sent),
      outcomes: tally(outcomes),
      duplicates,
      lost,
    });
    expect({ duplicates, lost }).toEqual({ duplicates: 0, lost: 0 });
    expect(outcomes.filter((outcome) => outcome.startsWith('failed'))).toEqual([]);
  });
});
