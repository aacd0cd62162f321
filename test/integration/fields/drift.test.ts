import fc from 'fast-check';
import type { PersonaEvents } from 'persona-client';
import { createPersonaService, type FieldConfig } from 'persona-client/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { escapeControls } from '../../../src/core/safe-text.js';
import { diffFieldConfigs } from '../../../src/schemas/diff-field-configs.js';
import { createTestClient, withOpenTypes } from '../../support/service.js';

type Field = { name: string; type: string; options?: string[]; label?: string };
const contextualConfig = (fields: readonly Field[]) =>
  ({ contextual: { label: '', description: '', fields } }) as unknown as FieldConfig;

/** A client of a service whose field config the test can change. */
function setup(fields: readonly Field[]) {
  let service = createPersonaService({ dialect: 'attributes', fieldConfig: contextualConfig(fields) });
  onTestFinished(() => service.close());
  const client = createTestClient({
    dialect: 'attributes',
    cache: false,
    fetch: (...request) => service.fetch(...request),
  });
  const drifts: PersonaEvents['schemaDrift'][] = [];
  client.on('schemaDrift', (drift) => drifts.push(drift));
  return {
    client,
    drifts,
    changeConfig: (fields: readonly Field[]) => {
      service = createPersonaService({ dialect: 'attributes', fieldConfig: contextualConfig(fields) });
    },
  };
}

const SEASON = { name: 'season', type: 'string', options: ['dry', 'wet'] };
const TAGS = { name: 'tags', type: 'list' };

describe('schemaDrift', () => {
  it('describes how the config changed since the last read', async () => {
    const { client, drifts, changeConfig } = setup([SEASON, TAGS, { name: 'removed', type: 'dict' }]);
    await client.fieldConfig.get();
    changeConfig([
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
        'removed contextual removed',
        'added contextual mood',
      ],
    );
    expect(drifts[0]?.diff.split('\n')).toEqual([
      '~ contextual.season: options + cold, - dry',
      '~ contextual.tags: list -> string',
      '- contextual.removed: dict',
      '+ contextual.mood: string',
    ]);
  });

  it('is not emitted for the first read, an unchanged config, or changed labels', async () => {
    const { client, drifts, changeConfig } = setup([SEASON, TAGS]);
    await client.fieldConfig.get();
    await client.fieldConfig.get();
    changeConfig([
      { ...TAGS, label: 'Other words' },
      { ...SEASON, options: ['wet', 'dry'] },
    ]);
    await client.fieldConfig.get();
    changeConfig([TAGS, SEASON, { name: 'mood', type: 'string' }]);
    await client.fieldConfig.get();
    await vi.waitFor(() => expect(drifts).toHaveLength(1)); // only the last change: the events arrive in order
    expect(drifts[0]).toMatchObject({ breaking: false, diff: '+ contextual.mood: string' });
  });

  it('checks writes against the new config', async () => {
    const { client: defaultClient, changeConfig } = setup([SEASON]);
    const client = withOpenTypes(defaultClient);
    await client.fieldConfig.get();
    changeConfig([{ ...SEASON, options: ['cold'] }]);
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

const diffConfigs = (before: unknown, after: unknown) =>
  diffFieldConfigs(before as never, after as never, escapeControls);

describe('diffFieldConfigs', () => {
  it.each([
    ['an added field', [], [TAGS], false],
    ['a removed field', [TAGS], [], true],
    ['a changed type', [TAGS], [{ ...TAGS, type: 'string' }], true],
    ['an added option', [SEASON], [{ ...SEASON, options: ['dry', 'wet', 'cold'] }], false],
    ['a removed option', [SEASON], [{ ...SEASON, options: ['dry'] }], true],
    ['options for a field without options', [TAGS], [{ ...TAGS, options: ['a'] }], true],
    ['all options removed', [SEASON], [{ name: 'season', type: 'string' }], false],
  ])('%s: reports whether the change is breaking', (_, before, after, breaking) => {
    expect(diffConfigs(contextualConfig(before), contextualConfig(after))).toMatchObject({ breaking });
  });

  it('lists the first 20 changed options, and the number of the others', () => {
    const manyOptions = (prefix: string) =>
      Array.from({ length: 30 }, (_, index) => `${prefix}${String(index).padStart(2, '0')}`);
    const field = (options: readonly string[]) => contextualConfig([{ ...TAGS, options: [...options] }]);
    const first20 = (sign: string) =>
      manyOptions('n')
        .slice(0, 20)
        .map((option) => `${sign}${option}`)
        .join(', ');
    expect(diffConfigs(field(manyOptions('o')), field(manyOptions('n')))).toMatchObject({
      breaking: true,
      diff: `~ contextual.tags: options ${first20('+ ')} and 40 more`,
    });
    expect(diffConfigs(contextualConfig([]), field(manyOptions('n')))).toMatchObject({
      breaking: false,
      diff: `+ contextual.tags: list, one of ${first20('')} and 10 more`,
    });
  });

  it('returns at most 1,000 changes, but finds every breaking change', () => {
    const added = Array.from({ length: 2_000 }, (_, index) => ({ name: `f${index}`, type: 'string' }));
    const { changes, diff, breaking } = diffConfigs(
      contextualConfig([...added.slice(0, 1), SEASON]),
      contextualConfig(added),
    );
    expect(changes).toHaveLength(1_000);
    expect(diff.split('\n')).toHaveLength(1_000);
    expect(breaking).toBe(true);
  });

  const fingerprint = (fields: Map<string, { type: string; options?: string[] | undefined }>) =>
    [...fields]
      .map(([name, { type, options = [] }]) => JSON.stringify([name, type, options.toSorted()]))
      .toSorted();
  const indexFields = (config: Record<string, { fields: Field[] }>) =>
    new Map(
      Object.entries(config).flatMap(([category, { fields }]) =>
        fields.map((field) => [`${category}.${field.name}`, field]),
      ),
    );

  it('returns changes that turn the old config into the new one, and none for equal configs', () => {
    fc.assert(
      fc.property(config, config, (before, after) => {
        const state = indexFields(before as never);
        const { changes, diff } = diffConfigs(before, after);
        for (const { category, field, after: newField } of changes)
          if (newField) state.set(`${category}.${field}`, newField);
          else state.delete(`${category}.${field}`);
        expect(fingerprint(state)).toEqual(fingerprint(indexFields(after as never)));
        expect(diff.split('\n').filter(Boolean)).toHaveLength(changes.length);
        expect(diffConfigs(after, structuredClone(after)).changes).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });
});
