import { readdirSync, readFileSync } from 'node:fs';
import { matchesGlob } from 'node:path';
import { describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };

const ignored = readFileSync('.gitignore', 'utf8')
  .split('\n')
  .map((pattern) => pattern.replace(/\/$/, ''));

describe('the root of the project', () => {
  it('has at most 25 files and folders', () => {
    const entries = readdirSync('.').filter(
      (name) => name !== '.git' && !ignored.some((pattern) => matchesGlob(name, pattern)),
    );

    expect(entries.length, entries.join(' ')).toBeLessThanOrEqual(25);
  });

  it('has at most 16 npm scripts', () => {
    expect(Object.keys(manifest.scripts).length).toBeLessThanOrEqual(16);
  });
});
