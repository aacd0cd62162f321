import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const GUIDES = readdirSync('docs/guides');
const countWords = (file: string) => readFileSync(file, 'utf8').split(/\s+/).filter(Boolean).length;

test('README has at most 2,500 words', () => {
  expect(countWords('README.md')).toBeLessThanOrEqual(2_500);
});

test.each(GUIDES)('the guide %s has 300 to 1,200 words', (file) => {
  expect(countWords(`docs/guides/${file}`)).toBeGreaterThanOrEqual(300);
  expect(countWords(`docs/guides/${file}`)).toBeLessThanOrEqual(1_200);
});
