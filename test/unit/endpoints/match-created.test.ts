import { expect, test } from 'vitest';
import { findClosestMatch } from '../../../src/endpoints/personas/match-created.js';
import { PERSONA_BODY } from '../../support/personas.js';

/** The characters of the JSON text that Python writes. */
const characters = (value: unknown) => [...JSON.stringify(value).replaceAll('","', '", "')];

const isMatch = (written: object, stored: object) =>
  findClosestMatch([{ ...PERSONA_BODY, ...stored }], { name: 'Ada', ...written }) !== undefined;

test.each([
  ['the same data', { demographic: { age: 36 } }, { demographic: { age: 36, city: null } }],
  [
    'a list as the characters of its JSON text',
    { psychographic: { interests: ['ab', 'c'] } },
    { psychographic: { interests: characters(['ab', 'c']) } },
  ],
  [
    'an empty list as characters',
    { psychographic: { interests: [] } },
    { psychographic: { interests: ['[', ']'] } },
  ],
  [
    'a map as the characters of its JSON text',
    { behavioral: { device_usage: { mobile: '1' } } },
    { behavioral: { device_usage: characters({ mobile: '1' }) } },
  ],
  [
    'null as characters',
    { psychographic: { interests: null } },
    { psychographic: { interests: [...'null'] } },
  ],
  ['a number rounded by the database', { demographic: { age: 30.5 } }, { demographic: { age: 31 } }],
])('recognizes %s', (_title, written, stored) => {
  expect(isMatch(written, stored)).toBe(true);
});

test.each([
  ['another value', { demographic: { age: 36 } }, { demographic: { age: 37 } }],
  ['another number with a fraction', { demographic: { latitude: 1.5 } }, { demographic: { latitude: 1.25 } }],
  [
    'a list with more entries',
    { psychographic: { interests: ['a'] } },
    { psychographic: { interests: ['a', 'b'] } },
  ],
  [
    'the characters of another list',
    { psychographic: { interests: ['a'] } },
    { psychographic: { interests: characters(['b']) } },
  ],
  [
    'one-character entries that are no JSON text',
    { psychographic: { interests: ['ab'] } },
    { psychographic: { interests: ['a', 'b'] } },
  ],
])('does not recognize %s', (_title, written, stored) => {
  expect(isMatch(written, stored)).toBe(false);
});
