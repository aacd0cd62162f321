import { expect, it } from 'vitest';
import { suggestName, unknownNameMessage } from '../../../src/schemas/suggest-name.js';

const OPTIONS = ['baseUrl', 'timeoutMs', 'breaker', 'retry', 'cache', 'name', 'perPage', 'psychographic'];

it.each([
  ['one letter more', 'retryy', 'retry'],
  ['one letter less', 'cach', 'cache'],
  ['another letter', 'cathe', 'cache'],
  ['swapped letters', 'nmae', 'name'],
  ['a missing unit', 'timeout', 'timeoutMs'],
  ['other capital letters', 'baseURL', 'baseUrl'],
  ['underscores', 'per_page', 'perPage'],
  ['a longer name', 'circuitBreaker', 'breaker'],
  ['a shorter name', 'url', 'baseUrl'],
  ['a sound', 'psychografic', 'psychographic'],
])('suggests the nearest name for %s: %s', (_, unknown, nearest) => {
  expect(suggestName(unknown, OPTIONS)).toBe(`. Did you mean ${nearest}?`);
});

it.each(['', 'x', 'tags', 'constructor', '__proto__', 'شهر', 'n'.repeat(100_000)])(
  'suggests nothing for %.20s',
  (unknown) => {
    expect(suggestName(unknown, OPTIONS)).toBe('');
  },
);

it('prefers the name with the fewest differences', () => {
  expect(suggestName('limits', ['limitless', 'limit'])).toBe('. Did you mean limit?');
  expect(suggestName('ttl', ['ttlMsFor', 'ttl_'])).toBe('. Did you mean ttl_?');
});

it('takes little time for long names', () => {
  const names = Array.from({ length: 1_000 }, (_, index) => `${'ab'.repeat(25)}${index}`);
  const startedAt = performance.now();
  suggestName('ba'.repeat(25), names);
  expect(performance.now() - startedAt).toBeLessThan(2_000);
});

it('lists all names if none is similar', () => {
  expect(unknownNameMessage('x', ['retry', 'cache'])).toBe('is not known. Use one of retry, cache');
  expect(unknownNameMessage('retri', ['retry', 'cache'])).toBe('is not known. Did you mean retry?');
});
