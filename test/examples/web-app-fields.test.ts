import type { FieldConfig, Persona } from 'persona-client';
import { describe, expect, test } from 'vitest';
import { buildSections, readChanges, toFormValues } from '../../examples/web-app/fields.js';

const CONFIG: FieldConfig = {
  psychographic: {
    label: 'Psychographic',
    fields: [
      { name: 'list', type: 'list' },
      { name: 'map', type: 'dict' },
      { name: 'text', type: 'string' },
    ],
  },
};
const sections = buildSections(CONFIG);

/** Edits the form of a stored persona, and returns what is sent. */
function edit(stored: object, change: (values: Record<string, string>) => void) {
  const persona = { id: 1, name: 'Ada', ...stored } as unknown as Persona;
  const values = { ...toFormValues(persona, sections) };
  change(values);
  return readChanges({ values, sections }, persona) as Record<string, Record<string, unknown>>;
}

/** Edits the list or map of a persona, and returns the one that is sent. */
const editEntries = (field: 'list' | 'map', stored: unknown, change: (text: string) => string) =>
  edit({ psychographic: { [field]: stored } }, (values) => {
    values[`psychographic.${field}`] = change(values[`psychographic.${field}`] ?? '');
  }).psychographic?.[field];

const ODD = [' padded ', '', 'two\nlines', 'a\r', '\r\n', 5, { x: 1 }, [' '], null, true];

describe('the entries of a list', () => {
  test.each([
    [
      'both ends are changed',
      (text: string) => text.replace(/^first/, 'A').replace(/last$/, 'Z'),
      ['A', ...ODD, 'Z'],
    ],
    ['both ends are removed', (text: string) => text.replace(/^first\n/, '').replace(/\nlast$/, ''), ODD],
    ['entries are added around them', (text: string) => `A\n${text}\nZ`, ['A', 'first', ...ODD, 'last', 'Z']],
    ['empty lines are added around them', (text: string) => `\n\n${text}\n`, ['first', ...ODD, 'last']],
    [
      'the last becomes the first',
      (text: string) => `last\n${text.replace(/\nlast$/, '')}`,
      ['last', 'first', ...ODD],
    ],
    [
      'every second one has a new one before it',
      (text: string) => text.replace('{"x"', 'new\n{"x"').replace('true', 'new\ntrue'),
      [
        'first',
        ...ODD.flatMap((entry, index) => (index === 6 || index === 9 ? ['new', entry] : [entry])),
        'last',
      ],
    ],
  ])('stay as they are stored if %s', (_, change, expected) => {
    expect(editEntries('list', ['first', ...ODD, 'last'], change)).toEqual(expected);
  });

  test('stay as they are stored if they move', () => {
    const stored = ['first', ' padded ', 'two\nlines', 5, 'last'];
    const moved = () => '5\nlast\ntwo\nlines\nfirst\n padded ';
    expect(editEntries('list', stored, moved)).toEqual([5, 'last', 'two\nlines', 'first', ' padded ']);
  });

  test('stay as they are stored in a list of 3,000, and a text of a million lines is read in time', () => {
    const stored = Array.from({ length: 3_000 }, (_, index) => ` ${index} `);
    const changed = ['A', ...stored.slice(1, -1), 'Z'];
    expect(editEntries('list', stored, () => changed.join('\n'))).toEqual(changed);
    const lines = Array.from({ length: 1_000_000 }, (_, index) => `${index % 7}`);
    expect(editEntries('list', ['a', 'b\n5', 'c'], () => lines.join('\n'))).toEqual(lines);
  });
});

describe('the entries of a map', () => {
  const STORED = { a: '1', n: 5, o: { x: 1 }, 'k:l': ' v ', m: 'l1\nl2', ' p ': '', e: null, z: '1' };

  test.each([
    [
      'the entries before and after are changed',
      (text: string) => text.replace('a: 1', 'a: 9').replace('z: 1', 'z: 9'),
      { ...STORED, a: '9', z: '9' },
    ],
    ['others are added', (text: string) => `b: 2\n${text}\ny:3`, { b: '2', ...STORED, y: '3' }],
    ['they move', (text: string) => `z: 1\n${text.replace('n: 5\n', '').replace('z: 1', 'n: 5')}`, STORED],
  ])('stay as they are stored if %s', (_, change, expected) => {
    expect(editEntries('map', STORED, change)).toEqual(expected);
  });

  test.each([
    ['k:l: v', 'k:l: w', { 'k:l': 'v' }, { 'k:l': 'w' }],
    ['k:l: v', 'k:m: v', { 'k:l': 'v' }, { 'k:m': 'v' }],
    ['http://a/: v', 'http://b/: w', { 'http://a/': 'v' }, { 'http://b/': 'w' }],
    ['k:l: v', 'k:l:w', { k: '1', 'k:l': 'v' }, { k: '1', 'k:l': 'w' }],
    ['k: l: v', 'k: l: w', { 'k: l': 'v' }, { 'k: l': 'w' }],
    [' p : v', ' p : w', { ' p ': 'v' }, { ' p ': 'w' }],
    ['a: b: c', 'a: b: d', { a: 'b: c' }, { a: 'b: d' }],
    ['k: l: v ', 'k: m: v ', { 'k: l': 'v ' }, { 'k: m': 'v ' }],
    ['o: {"x":1}', 'q: {"x":1}', { o: { x: 1 } }, { q: { x: 1 } }],
  ])('keep name and value apart if %j becomes %j', (from, to, stored, expected) => {
    expect(editEntries('map', stored, (text) => text.replace(from, to))).toEqual(expected);
  });

  test('need a name and a value in each changed line', () => {
    expect(() => editEntries('map', STORED, (text) => text.replace('z: 1', 'z'))).toThrow(
      expect.objectContaining({
        issues: [{ path: ['psychographic', 'map'], message: 'write one “name: value” in each line' }],
      }),
    );
  });
});

test.each([
  [5, '6', 6],
  [5, '-1.5e3', -1500],
  [5, 'six', 'six'],
  [5, 'Infinity', 'Infinity'],
  ['5', '6', '6'],
  [true, 'false', false],
  [true, '6', '6'],
  [{ x: 1 }, '{"x":2}', { x: 2 }],
  [{ x: 1 }, '[2]', '[2]'],
  [[1], '[2]', [2]],
])('an entry %j that becomes %j keeps its type if it can: %j', (old, text, expected) => {
  expect(editEntries('list', ['a', old], () => `a\n${text}`)).toEqual(['a', expected]);
  expect(editEntries('map', { a: 'a', b: old }, () => `a: a\nb: ${text}`)).toEqual({ a: 'a', b: expected });
});

test('a field that the form lacks is unchanged', () => {
  const stored = { demographic: { age: 44 }, psychographic: { list: ['a'], map: { a: '1' }, text: 'b' } };
  const sent = edit(stored, (values) => {
    for (const name of Object.keys(values)) if (name !== 'demographic.city') delete values[name];
    values['demographic.city'] = 'Paris';
  });
  expect(sent).toEqual({ demographic: { city: 'Paris' } });
});

test.each([
  ['', null],
  [' ', null],
  ['\t\n', null],
  [' 7 ', 7],
  ['7 years', '7 years'],
  ['Infinity', 'Infinity'],
])('the text %j in a numeric field is %j', (text, expected) => {
  expect(edit({ demographic: { age: 44 } }, (values) => (values['demographic.age'] = text))).toEqual({
    demographic: { age: expected },
  });
});
