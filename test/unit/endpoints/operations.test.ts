import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ENDPOINTS } from '../../../src/endpoints/index.js';
import { CACHED_READS, OPERATIONS } from '../../../src/endpoints/operations.js';

const SRC = new URL('../../../src/endpoints/', import.meta.url);

const definedNames = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) => [...readFileSync(new URL(file, SRC), 'utf8').matchAll(/\bdefine\w+\(\s*['`]([^'`]+)/g)])
  .map(([, name = '']) => name);

it('finds the definitions of endpoints', () => {
  expect(definedNames.length).toBeGreaterThan(8);
});

it.each(definedNames)('lists %s as an operation', (name) => {
  const pattern = new RegExp(`^${name.replace('.', '\\.').replace(/\$\{\w+\}/, '\\w+')}$`);
  expect(OPERATIONS.filter((operation) => pattern.test(operation))).not.toEqual([]);
});

it.each(ENDPOINTS.map((endpoint) => [endpoint.operation, endpoint] as const))(
  'derives the facts of %s from its descriptor',
  (operation, endpoint) => {
    const { name, cacheTags, internal } = endpoint();
    expect(name).toBe(operation);
    expect(endpoint.isCached).toBe(cacheTags !== undefined);
    expect(CACHED_READS.includes(operation as never)).toBe(endpoint.isCached);
    expect(internal).toBeUndefined();
  },
);

/** Endpoints whose responses contain no data of a persona. */
const WITHOUT_PERSONA_DATA: readonly string[] = [
  'personas.delete',
  'fieldConfig.get',
  'schema.get',
  'health.check',
];

it.each(OPERATIONS.filter((operation) => !WITHOUT_PERSONA_DATA.includes(operation)))(
  'redacts the response of %s',
  (operation) => {
    const endpoint = ENDPOINTS.find((candidate) => candidate.operation === operation);
    expect(endpoint?.().visitData).toBeTypeOf('function');
  },
);

it('lists each operation once', () => {
  expect(new Set(OPERATIONS).size).toBe(OPERATIONS.length);
});
