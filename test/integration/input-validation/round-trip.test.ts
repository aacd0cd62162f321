import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { JsonValue, Psychographic } from 'persona-client';
import { expect, it } from 'vitest';
import { startService } from '../../support/service.js';

/** Names with a meaning for the service: validated fields and the keys of a database row. */
const RESERVED = new Set([
  ...['interests', 'personal_values', 'attitudes', 'opinions', 'lifestyle', 'personality'],
  ...['id', 'persona_id', '__proto__'],
]);

const anyText = fc.string({ unit: 'binary', maxLength: 20 }); // well-formed, without lone surrogates
const specialKey = fc.constantFrom(
  'constructor',
  'toString',
  'hasOwnProperty',
  'length',
  '',
  '0',
  '-1',
  'then',
);

const isInexactInteger = (number: number) => Math.abs(number) >= 2 ** 53 && Math.abs(number) < 1e21;

/** Any JSON, also with special keys such as `__proto__`. */
const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(null, true, false, '', 0, [], {}),
    anyText,
    fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .map((number) => (number === 0 || isInexactInteger(number) ? 0 : number)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.oneof(anyText, specialKey, fc.constant('__proto__')), tie('value')), {
        maxLength: 4,
      })
      .map((entries) => Object.fromEntries(entries)),
  ),
}));
const anyAttributes = fc
  .array(fc.tuple(fc.oneof(anyText, specialKey), value), { maxLength: 5 })
  .map((entries) => Object.fromEntries(entries.filter(([name]) => !RESERVED.has(name))));

it.each([
  ['memory', 'memory'],
  ['SQLite', { sqlite: ':memory:' }],
] as const)('returns any JSON in attributes unchanged: %s', async (_, store) => {
  const { connect } = await startService({ dialect: 'attributes', store, seed: false });
  const writer = connect({ dialect: 'attributes' });
  const reader = connect({ dialect: 'attributes' });
  const expectEqual = (received: unknown, sent: Psychographic) =>
    isDeepStrictEqual(received, sent) ||
    expect.fail(`${JSON.stringify(sent)} became ${JSON.stringify(received)}`);
  await fc.assert(
    fc.asyncProperty(anyAttributes, anyAttributes, async (psychographic, behavioral) => {
      const created = await writer.personas.create({ name: 'any JSON', psychographic });
      expectEqual(created.psychographic, psychographic);
      expectEqual((await reader.personas.get(created.id)).psychographic, psychographic);
      expectEqual((await reader.personas.get(created.id)).psychographic, psychographic);
      if (Object.keys(behavioral).length === 0) return; // an update needs a field
      expectEqual(await writer.behavioral.update(created.id, behavioral), behavioral);
      expectEqual(await reader.behavioral.get(created.id), behavioral);
    }),
    { numRuns: 100, examples: [[JSON.parse('{"deep": {"__proto__": {"polluted": true}}}'), {}]] },
  );
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});
