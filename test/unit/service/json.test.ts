import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parsePythonJson, toStored } from '../../../src/service/json/parse.js';
import { renderColumnJson, renderJson } from '../../../src/service/json/render.js';

/** Whether the value contains an integer beyond 2^53, which becomes a bigint here but not in `JSON.parse`. */
function hasLongInteger(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).some(hasLongInteger);
  return Number.isInteger(value) && !Number.isSafeInteger(value);
}
const json = fc.jsonValue({ noUnicodeString: false }).filter((value) => !hasLongInteger(value));

it('parses JSON as JSON.parse does, whatever the whitespace', () => {
  fc.assert(
    fc.property(json, fc.constantFrom(undefined, 1, '\t', '\r\n'), (value, space) => {
      const text = JSON.stringify(value, null, space);
      expect(toStored(parsePythonJson(text))).toEqual(JSON.parse(text));
    }),
  );
});

it('renders ASCII that JSON.parse reads back', () => {
  fc.assert(
    fc.property(json, (value) => {
      for (const text of [renderJson(value), renderColumnJson(value)]) {
        expect(text).toMatch(/^[ -~]*$/);
        expect(JSON.parse(text)).toEqual(value);
      }
    }),
  );
});

it('reads back NaN, infinite numbers and long integers that it rendered', () => {
  const value = {
    a: Number.NaN,
    b: [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    c: -(10n ** 30n),
    d: -0,
  };
  expect(renderJson(value)).toBe(
    '{"a":NaN,"b":[Infinity,-Infinity],"c":-1000000000000000000000000000000,"d":-0.0}',
  );
  expect(toStored(parsePythonJson(renderJson(value)))).toEqual(value);
});

it('sorts names by code point', () => {
  expect(renderJson({ '😀': 1, '\uffff': 2, b: 3, B: 4, '': 5 })).toBe(
    '{"":5,"B":4,"b":3,"\\uffff":2,"\\ud83d\\ude00":1}',
  );
});

it.each([
  '',
  '{',
  '[1,]',
  '{"a":1,}',
  '{a:1}',
  "{'a':1}",
  '01',
  '1.',
  '.5',
  '+1',
  '-',
  '"\n"',
  '"\\x"',
  '1 2',
  'nul',
  'nan',
  '-NaN',
  '\u00a01',
])('rejects %j', (text) => {
  expect(() => parsePythonJson(text)).toThrow(SyntaxError);
});

it('rejects JSON that is nested too deep', () => {
  const nest = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  expect(renderJson(parsePythonJson(nest(900)))).toBe(nest(900));
  expect(() => parsePythonJson(nest(100_000))).toThrow(RangeError);
});

it('keeps a property named __proto__, and the last of two equal names', () => {
  const value = parsePythonJson('{"__proto__":{"a":1},"b":1,"b":2}');
  expect(renderJson(toStored(value))).toBe('{"__proto__":{"a":1},"b":2}');
});
