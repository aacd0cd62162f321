import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MAX_INEXACT_PARTS,
  type ParsedJson,
  parseInexactJson,
} from '../../../src/pipeline/repair/parse-json.js';

const MAX_DEPTH = 5;

function parse(text: string): ParsedJson {
  const json = parseInexactJson(text, MAX_DEPTH);
  if (json === undefined || json === 'tooInexact') throw new Error(`not parsed: ${text}`);
  return json;
}

const FINITE = 'must be a finite number';
const INTEGER = 'must be an integer from -(2^53 - 1) to 2^53 - 1';
const NESTED = `must not be nested deeper than ${MAX_DEPTH} levels`;

describe('parseInexactJson', () => {
  it.each([
    ['NaN', FINITE],
    ['Infinity', FINITE],
    ['-Infinity', FINITE],
    ['1e400', FINITE],
    ['-1.5E+999', FINITE],
    ['9'.repeat(400), FINITE],
    ['9007199254740992', INTEGER],
    ['-9007199254740993', INTEGER],
    ['[[[[[]]]]]', NESTED],
    ['[[[[{"a":NaN}]]]]', NESTED],
  ])('finds the rule that %s violates, and returns its text', (text, rule) => {
    const { body, findRule, stringify } = parse(`{"a":[${text}],"b":"NaN"}`);
    expect(findRule(body)).toBe(rule);
    expect(findRule(Object(body).b)).toBeUndefined();
    expect(stringify(body)).toBe(`{"a":[${text}],"b":"NaN"}`);
  });

  it.each([
    '0',
    '-1.5',
    '9007199254740991',
    '-9007199254740991',
    '12345678901234567.5',
    '1e300',
    '123456789012345',
  ])('represents %s exactly', (text) => {
    const { body, findRule } = parse(`[${text},true,null]`);
    expect(findRule(body)).toBeUndefined();
    expect(body).toEqual([Number(text), true, null]);
  });

  it.each([
    '{NaN:1}',
    '{9007199254740993 : 1}',
    '[NaNN]',
    '[-NaN]',
    '[1.2.3e5]',
    '[xNaN]',
    '[NaN',
    'NaN]',
    '[1 NaN]',
  ])('rejects %s', (text) => {
    expect(parseInexactJson(text, MAX_DEPTH)).toBeUndefined();
  });

  it('keeps the data of every JSON text', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 3 }), (text) => {
        const { body, stringify } = parse(text);
        expect(JSON.parse(stringify(body))).toEqual(JSON.parse(text));
      }),
      { numRuns: 1_000 },
    );
  });

  it('gives up after a bounded number of inexact parts', () => {
    const list = (count: number) => `[${Array(count).fill('NaN')}]`;
    expect(parse(list(MAX_INEXACT_PARTS)).body).toHaveLength(MAX_INEXACT_PARTS);
    expect(parseInexactJson(list(MAX_INEXACT_PARTS + 1), MAX_DEPTH)).toBe('tooInexact');
  });
});
