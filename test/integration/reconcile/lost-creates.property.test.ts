import fc from 'fast-check';
import { createMany, type JournalEntry } from 'persona-client/collections';
import { describe, expect, inject, it } from 'vitest';
import { simulateCrash } from '../../support/journal-contract.js';
import { type CreateOutcome, createLossyService, type StoredPersona } from '../../support/lossy-service.js';
import { memoryJournal } from '../../support/memory-journal.js';
import { settle } from '../../support/proxied-service.js';
import { createTestClient, NO_BACKOFF } from '../../support/service.js';

const RUNS = inject('seeds') >= 10_000 ? 300 : 6;
const LATE_WRITE_WINDOW_MS = 10;

const SHAPES = [
  { dialect: 'subresource', published: false },
  { dialect: 'subresource', published: true },
  { dialect: 'attributes', published: false },
] as const;

interface Scenario {
  /** The name, the city and whether lists hide the persona. Items may be equal. */
  readonly items: readonly (readonly [name: string, city: string, isHidden: boolean])[];
  readonly outcomes: readonly CreateOutcome[];
  readonly listFailures: readonly boolean[];
  /** The journal entry before which the process crashes. */
  readonly crashAt: number;
}

const anyScenario: fc.Arbitrary<Scenario> = fc.record({
  items: fc.array(fc.tuple(fc.constantFrom('Ada', 'Grace'), fc.constantFrom('Rome', 'Oslo'), fc.boolean()), {
    minLength: 1,
    maxLength: 5,
  }),
  outcomes: fc.array(fc.constantFrom('ok', 'stored, 500', 'stored, cut', '500', 'cut'), { maxLength: 12 }),
  listFailures: fc.array(fc.boolean(), { maxLength: 6 }),
  crashAt: fc.integer({ min: 1, max: 12 }),
});

const createItems = ({ items }: Scenario) =>
  items.map(([name, city, isHidden]) => ({
    name,
    demographic: { city: `${name} ${city} ${isHidden}` }, // tells the contents apart
    ...(isHidden && { behavioral: { browsing_habits: ['evenings'] } }),
  }));

/** What the caller learned about each item, in order. */
type Report = 'ok' | 'maybe applied' | 'not applied';

function expectHonestReports(
  scenario: Scenario,
  stored: readonly StoredPersona[],
  reports: readonly Report[],
): void {
  const contents = scenario.items.map((item) => item.join(' '));
  for (const content of new Set(contents)) {
    const rows = stored.filter(({ demographic }) => demographic?.city === content).length;
    const count = (report: Report) =>
      reports.filter((other, index) => other === report && contents[index] === content).length;
    expect(count('ok'), 'items that are reported as created are stored').toBeLessThanOrEqual(rows);
    expect(rows, 'every other row is reported as doubtful').toBeLessThanOrEqual(
      count('ok') + count('maybe applied'),
    );
  }
}

function start(scenario: Scenario, shape: (typeof SHAPES)[number]) {
  const outcomes = [...scenario.outcomes];
  const listFailures = [...scenario.listFailures];
  const service = createLossyService({
    ...shape,
    isHidden: ({ behavioral }) => behavioral != null,
    nextOutcome: () => outcomes.shift(),
    failsNextList: () => service.counts.creates > 0 && (listFailures.shift() ?? false),
  });
  const client = createTestClient({
    fetch: service.fetch,
    dialect: shape.dialect,
    breaker: false,
    cache: false,
    lateWriteWindowMs: LATE_WRITE_WINDOW_MS,
    retry: NO_BACKOFF,
  });
  return { service, client };
}

const toReport = (error: { maybeApplied: boolean }): Report =>
  error.maybeApplied ? 'maybe applied' : 'not applied';

describe.each(SHAPES)(
  'whatever happens to creates and searches, $dialect, published: $published',
  (shape) => {
    const check = (run: (scenario: Scenario) => Promise<void>) =>
      fc.assert(fc.asyncProperty(anyScenario, run), { numRuns: RUNS });

    it('personas.create stores no item twice, and reports every outcome honestly', async () => {
      await check(async (scenario) => {
        const { service, client } = start(scenario, shape);
        const reports = await Promise.all(
          createItems(scenario).map(async (item) => {
            const outcome = await settle(client.personas.create(item, { onUnknownOutcome: 'reconcile' }));
            return 'value' in outcome ? 'ok' : toReport(outcome.error);
          }),
        );
        expectHonestReports(scenario, await service.stored(), reports);
      });
    });

    it.each([
      ['createMany', false],
      ['createMany with a journal, which resumes after a crash,', true],
    ])('%s stores no item twice, and reports every outcome honestly', async (_title, hasJournal) => {
      await check(async (scenario) => {
        const { service, client } = start(scenario, shape);
        const entries: JournalEntry[] = [];
        const items = createItems(scenario);
        const options = { onUnknownOutcome: 'reconcile', lateWriteWindowMs: LATE_WRITE_WINDOW_MS } as const;
        if (hasJournal) {
          let written = 0;
          const journal = simulateCrash(memoryJournal(entries)(), () => written++ >= scenario.crashAt);
          await createMany(client, items, { ...options, journal })
            .finish()
            .catch(() => {});
        }
        const reports: Report[] = [];
        const run = createMany(client, items, {
          ...options,
          ...(hasJournal && { journal: memoryJournal(entries)() }),
        });
        const ids = new Set<number>();
        for await (const result of run) {
          if (result.ok) ids.add(result.id);
          reports.push(result.ok ? 'ok' : toReport(result.error));
        }
        expectHonestReports(scenario, await service.stored(), reports);
        expect(ids.size).toBe(run.summary.succeeded);
        const doubtful = reports.flatMap((report, index) => (report === 'maybe applied' ? [index] : []));
        expect(run.summary.doubtful).toEqual(doubtful);
        expect(run.summary.advice === undefined).toBe(doubtful.length === 0);
      });
    });
  },
);
