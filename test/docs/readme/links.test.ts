import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { parseAnchors, parseLinks } from './markdown.js';

const listPages = (folder: string) => readdirSync(folder).map((file) => `${folder}/${file}`);
const FILES = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'SECURITY.md',
  ...listPages('docs/guides'),
  ...listPages('docs/reference'),
  'examples/README.md',
  'examples/web-app/README.md',
  'examples/explorer/README.md',
];
const read = (file: string) => readFileSync(file, 'utf8');
const links = FILES.flatMap((file) => parseLinks(read(file)).map((target) => ({ file, target }))).filter(
  ({ target }) => !/^https?:/.test(target),
);

describe('relative links lead to an existing file and heading', () => {
  test.each(links)('$file: $target', ({ file, target }) => {
    const [path = '', anchor] = target.split('#');
    const resolved = path === '' ? file : join(dirname(file), path);
    expect(existsSync(resolved)).toBe(true);
    if (anchor !== undefined) expect(parseAnchors(read(resolved))).toContain(anchor);
  });
});

/** npm adds these to `files` by itself. */
const ALWAYS_PACKED = ['README.md', 'LICENSE', 'package.json'];
const isPacked = (path: string) =>
  [...manifest.files, ...ALWAYS_PACKED].some((entry) => path === entry || path.startsWith(`${entry}/`));

test('the links of packed documents lead to files of the package, except those of pictures in guides', () => {
  const missing = links
    .filter(({ file, target }) => isPacked(file) && !target.startsWith('#'))
    .filter(({ file, target }) => !isPacked(join(dirname(file), target.split('#')[0] ?? '')))
    .filter(({ file, target }) => !(/^docs\//.test(file) && /\.(?:svg|png)$/.test(target)));
  expect(missing).toEqual([]);
});

test('the examples and pages that packed documents name exist in the repository', () => {
  const names = FILES.filter(isPacked).flatMap((file) =>
    [...read(file).matchAll(/`((?:examples|docs)\/[\w./-]+)`/g)].map(([, path = '']) => path),
  );
  expect(names.length).toBeGreaterThan(10);
  expect(names.filter((path) => !existsSync(path))).toEqual([]);
});
