import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAnchors, parseLinks } from './markdown.js';

const FILES = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'SECURITY.md',
  'examples/README.md',
  'examples/web-app/README.md',
  'examples/explorer/README.md',
];
const read = (file: string) => readFileSync(file, 'utf8');
const links = FILES.flatMap((file) => parseLinks(read(file)).map((target) => ({ file, target })));

describe('relative links lead to an existing file and heading', () => {
  test.each(links.filter(({ target }) => !/^https?:/.test(target)))('$file: $target', ({ file, target }) => {
    const [path = '', anchor] = target.split('#');
    const resolved = path === '' ? file : join(dirname(file), path);
    expect(existsSync(resolved)).toBe(true);
    if (anchor !== undefined) expect(parseAnchors(read(resolved))).toContain(anchor);
  });
});
