import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { RETIRED_IDENTIFIERS, RETIRED_PHRASES } from './retired.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Document {
  readonly name: string;
  readonly text: string;
}

/** Reads the text files at a path: one file, or all files in a folder and its subfolders. */
function readDocuments(path: string): Document[] {
  if (/\.\w+$/.test(path)) return [{ name: path, text: readFileSync(join(ROOT, path), 'utf8') }];
  return readdirSync(join(ROOT, path), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:ts|tsx|mjs|md|txt)$/.test(name) && !/node_modules|docs\/site/.test(name))
    .map((name) => ({ name: `${path}/${name}`, text: readFileSync(join(ROOT, path, name), 'utf8') }));
}

const escapeRegExp = (name: string) => name.replace(/[.$]/g, '\\$&');

function findAll(documents: readonly Document[], pattern: RegExp): string[] {
  return documents.flatMap(({ name, text }) =>
    text.split('\n').flatMap((line, index) => {
      const matches = [...line.matchAll(pattern)].map(([match]) => match);
      return matches.length > 0 ? [`${name}:${index + 1}: ${matches.join(', ')}`] : [];
    }),
  );
}

const documentation = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'docs/guides',
  'api',
  'examples',
].flatMap(readDocuments);

describe('language', () => {
  it('uses no retired identifier', () => {
    const pattern = new RegExp(
      `(?<![\\w$-])(?:${RETIRED_IDENTIFIERS.map(escapeRegExp).join('|')})(?![\\w$])`,
      'g',
    );
    expect(findAll([...readDocuments('src'), ...documentation], pattern)).toEqual([]);
  });

  it('uses no retired phrase in src/', () => {
    const pattern = new RegExp(`(?<!\\w)(?:${RETIRED_PHRASES.join('|')})(?!\\w)`, 'gi');
    expect(findAll(readDocuments('src'), pattern)).toEqual([]);
  });

  it('has a long list of retired identifiers, and no duplicates', () => {
    expect(RETIRED_IDENTIFIERS.length).toBeGreaterThan(100);
    expect(new Set(RETIRED_IDENTIFIERS).size).toBe(RETIRED_IDENTIFIERS.length);
    expect(new Set(RETIRED_PHRASES).size).toBe(RETIRED_PHRASES.length);
  });
});
