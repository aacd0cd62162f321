import fc from 'fast-check';
import type { PersonaEvents } from 'persona-client';
import { createPersonaService, type FieldConfig } from 'persona-client/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { driftOf } from '../../../src/schemas/drift.js';
import { clientOf } from '../../support/service.js';

type Field = { name: string; type: string; options?: string[]; label?: string };
const configOf = (fields: readonly Field[]) =>
  ({ contextual: { label: '', description: '', fields } }) as unknown as FieldConfig;

/** A client of a deployment whose config is what the test says it is at the moment. */
function deployment(fields: readonly Field[]) {
  let service = createPersonaService({ dialect: 'attributes', fieldConfig: configOf(fields) });
  onTestFinished(() => service.close());
  const client = clientOf({
    dialect: 'attributes',
    cache: false,
    fetch: (...request) => service.fetch(...request),
  });
  const drifts: PersonaEvents['schemaDrift'][] = [];
  client.on('schemaDrift', (drift) => drifts.push(drift));
  return {
    client,
    drifts,
    becomes: (fields: readonly Field[]) => {
      service = createPersonaService({ dialect: 'attributes', fieldConfig: configOf(fields) });
    },
  };
}

const SEASON = { name: 'season', type: 'string', options: ['dry', 'wet'] };
const TAGS = { name: 'tags', type: 'list' };

describe('schemaDrift', () => {
  it('tells in words how the config differs from when it was read last', async () => {
    const { client, drifts, becomes } = deployment([SEASON, TAGS, { name: 'gone', type: 'dict' }]);
    await client.fieldConfig.get();
    becomes([
      { ...SEASON, options: ['wet', 'cold'] },
      { ...TAGS, type: 'string' },
      { name: 'mood', type: 'string' },
    ]);
    await client.fieldConfig.get();
    await vi.waitFor(() => expect(drifts).toHaveLength(1));
    expect(drifts[0]).toMatchObject({ breaking: true });
    expect(drifts[0]?.changes.map(({ category, field, change }) => `${change} ${category} ${field}`)).toEqual(
      [
        'changed contextual season',
        'changed contextual tags',
        'removed contextual gone',
        'added contextual mood',
      ],
    );
    expect(drifts[0]?.diff.split('\n')).toEqual([
      '~ contextual.season: options + cold, - dry',
      '~ contextual.tags: list -> string',
      '- contextual.gone: dict',
      '+ contextual.mood: string',
    ]);
  });

  it('is silent at the first reading, at the same config, and at other words for it', async () => {
    const { client, drifts, becomes } = deployment([SEASON, TAGS]);
    await client.fieldConfig.get();
    await client.fieldConfig.get();
    becomes([
      { ...TAGS, label: 'Other words' },
      { ...SEASON, options: ['wet', 'dry'] },
    ]);
    await client.fieldConfig.get();
    becomes([TAGS, SEASON, { name: 'mood', type: 'string' }]);
    await client.fieldConfig.get();
    await vi.waitFor(() => expect(drifts).toHaveLength(1)); // the last change alone, though readings come in order
    expect(drifts[0]).toMatchObject({ breaking: false, diff: '+ contextual.mood: string' });
  });

  it('comes with the new rules: what is written is checked against them', async () => {
    const { client, becomes } = deployment([SEASON]);
    await client.fieldConfig.get();
    becomes([{ ...SEASON, options: ['cold'] }]);
    expect(await client.contextual.update(1, { season: 'cold' })).toMatchObject({ season: 'cold' });
    await expect(client.contextual.update(1, { season: 'wet' })).rejects.toMatchObject({
      code: 'invalid_input',
      issues: [{ path: ['season'], message: 'must be one of: cold' }],
    });
  });
});

const fields = fc.uniqueArray(
  fc.record(
    {
      name: fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor'),
      type: fc.constantFrom('string', 'list', 'dict', 'date'),
      options: fc.uniqueArray(fc.constantFrom('x', 'y', 'z')),
    },
    { requiredKeys: ['name', 'type'] },
  ),
  { selector: ({ name }) => name },
);
const config = fc.dictionary(fc.constantFrom('psychographic', 'contextual', 'own'), fc.record({ fields }));

describe('the difference of two configs', () => {
  it.each([
    ['a field more', [], [TAGS], false],
    ['a field less', [TAGS], [], true],
    ['another type', [TAGS], [{ ...TAGS, type: 'string' }], true],
    ['an option more', [SEASON], [{ ...SEASON, options: ['dry', 'wet', 'cold'] }], false],
    ['an option less', [SEASON], [{ ...SEASON, options: ['dry'] }], true],
    ['options where there were none', [TAGS], [{ ...TAGS, options: ['a'] }], true],
    ['no options any more', [SEASON], [{ name: 'season', type: 'string' }], false],
  ])('%s: breaking or not', (_, before, after, breaking) => {
    expect(driftOf(configOf(before) as never, configOf(after) as never)).toMatchObject({ breaking });
  });

  const meaning = (all: Map<string, { type: string; options?: string[] | undefined }>) =>
    [...all]
      .map(([name, { type, options = [] }]) => JSON.stringify([name, type, options.toSorted()]))
      .toSorted();
  const flat = (given: Record<string, { fields: Field[] }>) =>
    new Map(
      Object.entries(given).flatMap(([at, { fields }]) => fields.map((one) => [`${at}.${one.name}`, one])),
    );

  it('made to the old one gives the new one, and made to equal ones is nothing', () => {
    fc.assert(
      fc.property(config, config, (before, after) => {
        const state = flat(before as never);
        const { changes, diff } = driftOf(before as never, after as never);
        for (const { category, field, after: now } of changes)
          if (now) state.set(`${category}.${field}`, now);
          else state.delete(`${category}.${field}`);
        expect(meaning(state)).toEqual(meaning(flat(after as never)));
        expect(diff.split('\n').filter(Boolean)).toHaveLength(changes.length);
        expect(driftOf(after as never, structuredClone(after) as never).changes).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });
});
