import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countMissingRows } from '../../../src/endpoints/personas/page-counts.js';

const page = (count: number, total: number, page: number, perPage: number) => ({
  items: Array.from({ length: count }, (_, index) => index),
  total,
  page,
  perPage,
});

test.each([
  ['a full page', page(20, 45, 1, 20), 0],
  ['a full last page', page(5, 45, 3, 20), 0],
  ['an empty list', page(0, 0, 1, 20), 0],
  ['an empty page past the end', page(0, 45, 4, 20), 0],
  ['a page with more rows than the total implies', page(3, 2, 1, 20), 0],
  ['a page that lacks one row', page(19, 45, 1, 20), 1],
  ['a last page that lacks one row', page(4, 45, 3, 20), 1],
  ['a last page without rows', page(0, 45, 3, 20), 5],
  ['page 0, which is the first page', page(20, 45, 0, 20), 0],
  ['page -7 that lacks one row', page(19, 45, -7, 20), 1],
  ['a negative page size, which returns all rows', page(45, 45, 1, -5), 0],
  ['a negative page size on a later page', page(44, 45, 3, -5), 1],
])('counts the missing rows of %s', (_title, given, missing) => {
  expect(countMissingRows(given)).toBe(missing);
});

test('counts exactly the rows that a service leaves out of its pages', () => {
  const lists = fc.record({
    isHidden: fc.array(fc.boolean(), { maxLength: 60 }),
    perPage: fc.integer({ min: 1, max: 25 }),
    pageNumber: fc.integer({ min: -2, max: 8 }),
  });
  fc.assert(
    fc.property(lists, ({ isHidden, perPage, pageNumber }) => {
      const offset = (Math.max(1, pageNumber) - 1) * perPage;
      const rows = isHidden.slice(offset, offset + perPage);
      const items = rows.filter((hidden) => !hidden);
      const missing = countMissingRows({ items, total: isHidden.length, page: pageNumber, perPage });
      expect(missing).toBe(rows.length - items.length);
    }),
  );
});
