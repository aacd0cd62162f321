import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { JsonValue, Psychographic } from 'persona-client';
import { expect, it } from 'vitest';
import { serve } from '../../support/service.js';

/** Names that the service gives a meaning to: its own checked fields, and the keys of a row. */
const TAKEN = new Set([
  ...['interests', 'personal_values', 'attitudes', 'opinions', 'lifestyle', 'personality'],
  ...['id', 'persona_id', '__proto__'],
]);

const text = fc.string({ unit: 'binary', maxLength: 20 });
const tricky = fc.constantFrom('constructor', 'toString', 'hasOwnProperty', 'length', '', '0', '-1', 'then');

/** Any JSON, with keys that trip up programs, `__proto__` among them. */
const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(null, true, false, '', 0, [], {}),
    text,
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (number === 0 ? 0 : number)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.oneof(text, tricky, fc.constant('__proto__')), tie('value')), { maxLength: 4 })
      .map((entries) => Object.fromEntries(entries)),
  ),
}));
const attributes = fc
  .array(fc.tuple(fc.oneof(text, tricky), value), { maxLength: 5 })
  .map((entries) => Object.fromEntries(entries.filter(([name]) => !TAKEN.has(name))));

it.each([
  ['memory', 'memory'],
  ['SQLite', { sqlite: ':memory:' }],
] as const)('any JSON in attributes comes back as it was sent: %s', async (_, store) => {
  const { connect } = await serve({ dialect: 'attributes', store, seed: false });
  const writer = connect({ dialect: 'attributes' });
  const reader = connect({ dialect: 'attributes' });
  const same = (received: unknown, sent: Psychographic) =>
    isDeepStrictEqual(received, sent) ||
    expect.fail(`${JSON.stringify(sent)} became ${JSON.stringify(received)}`);
  await fc.assert(
    fc.asyncProperty(attributes, attributes, async (psychographic, behavioral) => {
      const created = await writer.personas.create({ name: 'any JSON', psychographic });
      same(created.psychographic, psychographic);
      same((await reader.personas.get(created.id)).psychographic, psychographic);
      same((await reader.personas.get(created.id)).psychographic, psychographic);
      same(await writer.behavioral.update(created.id, behavioral), behavioral);
      same(await reader.behavioral.get(created.id), behavioral);
    }),
    { numRuns: 100, examples: [[JSON.parse('{"deep": {"__proto__": {"polluted": true}}}'), {}]] },
  );
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});
