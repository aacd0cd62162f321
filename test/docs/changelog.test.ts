import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };

const CHANGELOG = readFileSync('CHANGELOG.md', 'utf8');

test('the changelog has at most 120 lines', () => {
  expect(CHANGELOG.trimEnd().split('\n').length).toBeLessThanOrEqual(120);
});

test('the changelog starts with the release of package.json', () => {
  expect(/^## \[(.+?)\] - /m.exec(CHANGELOG)?.[1]).toBe(manifest.version);
});
