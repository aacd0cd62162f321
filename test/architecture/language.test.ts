import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { RETIRED_IDENTIFIERS, RETIRED_PHRASES } from './retired.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Generated and installed files, and the list of retired names itself. */
const EXCLUDED = /node_modules|^docs\/site\/|package-lock\.json$|^test\/architecture\/retired\.ts$/;

interface Document {
  readonly name: string;
  readonly text: string;
}

/** Reads the text files at a path: one file, or all files in a folder and its subfolders. */
function readDocuments(path: string): Document[] {
  const names = /\.\w+$/.test(path)
    ? [path]
    : readdirSync(join(ROOT, path), { recursive: true, encoding: 'utf8' })
        .map((name) => `${path}/${name}`)
        .filter((name) => /\.(?:ts|tsx|mjs|md|txt|json)$/.test(name) && !EXCLUDED.test(name));
  return names.map((name) => ({ name, text: readFileSync(join(ROOT, name), 'utf8') }));
}

const escapeRegExp = (name: string) => name.replace(/[.$]/g, '\\$&');

/** Finds all matches, each with its file and line. */
function findAll(documents: readonly Document[], pattern: RegExp): string[] {
  return documents.flatMap(({ name, text }) =>
    [...text.matchAll(pattern)].map(
      ({ 0: match, index }) => `${name}:${text.slice(0, index).split('\n').length}: ${match}`,
    ),
  );
}

/** Removes code and data. Keeps comments, test titles and line breaks. */
function removeCode({ name, text }: Document): Document {
  const parts = text.split(/(\/\*[\s\S]*?\*\/|\/\/.*|^ *(?:(?:describe|it|test)\b|\]\)\().*)/m);
  // The parts at odd positions are matches.
  const prose = parts.map((part, index) => (index % 2 === 1 ? part : part.replace(/[^\n]+/g, '')));
  return { name, text: prose.join('') };
}

/** Removes bold text on one line: the README quotes sentences of the integration guide in bold. */
const removeQuotes = ({ name, text }: Document): Document => ({
  name,
  text: text.replace(/\*\*.+?\*\*/g, ''),
});

const documentation = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'docs', 'api', 'examples'].flatMap(
  readDocuments,
);
const tools = ['test', 'bench', 'scripts', 'publish'].flatMap(readDocuments);

describe('language', () => {
  it('uses no retired identifier', () => {
    const pattern = new RegExp(
      `(?<![\\w$-])(?:${RETIRED_IDENTIFIERS.map(escapeRegExp).join('|')})(?![\\w$])`,
      'g',
    );
    expect(findAll([...readDocuments('src'), ...documentation, ...tools], pattern)).toEqual([]);
  });

  it('uses no retired phrase in src/, in the documents, or in comments and titles elsewhere', () => {
    // A phrase may continue on the next line of a comment. Code spans are not prose.
    const phrases = RETIRED_PHRASES.map((phrase) => phrase.replaceAll(' ', '\\s+(?:\\*|//)?\\s*'));
    const pattern = new RegExp(`(?<![\\w\`])(?:${phrases.join('|')})(?![\\w\`])`, 'gi');
    const prose = tools.filter(({ name }) => /\.(?:ts|tsx|mjs)$/.test(name)).map(removeCode);
    const texts = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', 'docs']
      .flatMap(readDocuments)
      .map(removeQuotes);
    expect(findAll([...readDocuments('src'), ...prose, ...texts], pattern)).toEqual([]);
  });

  it('has a long list of retired identifiers, and no duplicates', () => {
    expect(RETIRED_IDENTIFIERS.length).toBeGreaterThan(100);
    expect(new Set(RETIRED_IDENTIFIERS).size).toBe(RETIRED_IDENTIFIERS.length);
    expect(new Set(RETIRED_PHRASES).size).toBe(RETIRED_PHRASES.length);
  });
});
