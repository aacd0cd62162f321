import fc from 'fast-check';
import { PersonaValidationError } from 'persona-client';
import { createPersonaService } from 'persona-client/testing';
import { describe, expect, it } from 'vitest';
import { clientOf } from '../../support/service.js';
import { tell } from './support/table.js';

const RUNS = 1_000;
const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const list = fc.option(fc.array(text, { maxLength: 4 }));
const map = fc.option(fc.dictionary(text, text, { maxKeys: 3 }));
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const known = fc.record(
  {
    name: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
    demographic: maybe(
      fc.record(
        {
          latitude: fc.double({ min: -90, max: 90, noNaN: true }),
          longitude: fc.double({ min: -180, max: 180, noNaN: true }),
          age: fc.option(fc.integer({ min: 0, max: 120 })),
          city: fc.option(text),
        },
        { requiredKeys: [] },
      ),
    ),
    psychographic: fc.option(
      fc.record({ interests: list, opinions: list, lifestyle: fc.option(text) }, { requiredKeys: [] }),
    ),
    behavioral: fc.option(fc.record({ device_usage: map, browsing_habits: list }, { requiredKeys: [] })),
    contextual: fc.option(fc.record({ weather: text, screen_size: text }, { requiredKeys: [] })),
  },
  { requiredKeys: ['name'] },
);
const free = fc.record({
  name: fc.constant('Free'),
  psychographic: fc.dictionary(text, fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 }),
});

/** `undefined` stands for a key left out. */
const clean = <T extends object>(data: T): T => JSON.parse(JSON.stringify(data)) as T;

describe.each(['subresource', 'attributes'] as const)(
  'whatever was created is found again, %s',
  (dialect) => {
    it('by its content', async ({ task }) => {
      const arbitrary = dialect === 'attributes' ? fc.oneof(known, free) : known;
      let calls = 0;
      let refused = 0;
      let duplicates = 0;
      await fc.assert(
        fc.asyncProperty(arbitrary, async (given) => {
          await using service = createPersonaService({ dialect, seed: false });
          service.faults.add({ reset: true, afterWrite: true, times: 1, match: { method: 'POST' } });
          const options = {
            onUnknownOutcome: 'reconcile',
            lateWriteWindowMs: 0,
            dialect,
            breaker: false,
            retry: { backoffMs: 0 },
          } as const;
          const client = clientOf({ ...options, fetch: service.fetch as typeof fetch });
          calls++;
          try {
            const { meta } = await client.withMeta.personas.create(clean(given) as never);
            duplicates += (await client.personas.list()).total - 1;
            expect(meta.source).toBe('reconciled');
          } catch (error) {
            if (!(error instanceof PersonaValidationError)) throw error;
            refused++;
          } finally {
            client.close();
          }
        }),
        { numRuns: RUNS },
      );
      tell(task, {
        fault: `answer lost, any content, onUnknownOutcome: 'reconcile' (${dialect})`,
        calls,
        sent: calls - refused,
        outcomes: `${calls - refused} found, ${refused} invalid`,
        duplicates,
        lost: 0,
      });
      expect(refused).toBeLessThan(RUNS / 4);
    });
  },
);
