import fc from 'fast-check';
import { PersonaValidationError } from 'persona-client';
import { createPersonaService } from 'persona-client/testing';
import { describe, expect, it } from 'vitest';
import { createTestClient, DIALECTS } from '../../support/service.js';
import { addRow } from './support/report-table.js';

const RUNS = 1_000;
const anyText = fc.string({ unit: 'grapheme', maxLength: 20 });
const anyList = fc.option(fc.array(anyText, { maxLength: 4 }));
const anyMap = fc.option(fc.dictionary(anyText, anyText, { maxKeys: 3 }));
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const anyPersona = fc.record(
  {
    name: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
    demographic: optional(
      fc.record(
        {
          latitude: fc.double({ min: -90, max: 90, noNaN: true }),
          longitude: fc.double({ min: -180, max: 180, noNaN: true }),
          age: fc.option(fc.integer({ min: 0, max: 120 })),
          city: fc.option(anyText),
        },
        { requiredKeys: [] },
      ),
    ),
    psychographic: fc.option(
      fc.record(
        { interests: anyList, opinions: anyList, lifestyle: fc.option(anyText) },
        { requiredKeys: [] },
      ),
    ),
    behavioral: fc.option(
      fc.record({ device_usage: anyMap, browsing_habits: anyList }, { requiredKeys: [] }),
    ),
    contextual: fc.option(fc.record({ weather: anyText, screen_size: anyText }, { requiredKeys: [] })),
  },
  { requiredKeys: ['name'] },
);
const anyCustomPersona = fc.record({
  name: fc.constant('Custom'),
  psychographic: fc.dictionary(anyText, fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 }),
});

/** Removes keys that are `undefined`. */
const omitUndefined = <T extends object>(data: T): T => JSON.parse(JSON.stringify(data)) as T;

describe.each(DIALECTS)('search for a lost create in the dialect %s', (dialect) => {
  it('finds any persona by its content', async ({ task }) => {
    const arbitrary = dialect === 'attributes' ? fc.oneof(anyPersona, anyCustomPersona) : anyPersona;
    let calls = 0;
    let invalid = 0;
    let duplicates = 0;
    await fc.assert(
      fc.asyncProperty(arbitrary, async (persona) => {
        await using service = createPersonaService({ dialect, seed: false });
        service.faults.add({ reset: true, afterWrite: true, times: 1, match: { method: 'POST' } });
        const options = {
          onUnknownOutcome: 'reconcile',
          lateWriteWindowMs: 0,
          dialect,
          breaker: false,
          retry: { backoffMs: 0 },
        } as const;
        const client = createTestClient({ ...options, fetch: service.fetch as typeof fetch });
        calls++;
        try {
          const { meta } = await client.withMeta.personas.create(omitUndefined(persona) as never);
          duplicates += (await client.personas.list()).total - 1;
          expect(meta.source).toBe('reconciled');
        } catch (error) {
          if (!(error instanceof PersonaValidationError)) throw error;
          invalid++;
        } finally {
          client.close();
        }
      }),
      { numRuns: RUNS },
    );
    addRow(task, {
      fault: `response lost, any content, onUnknownOutcome: 'reconcile' (${dialect})`,
      calls,
      sent: calls - invalid,
      outcomes: `${calls - invalid} found, ${invalid} invalid`,
      duplicates,
      lost: 0,
    });
    expect(invalid).toBeLessThan(RUNS / 4);
  });
});
