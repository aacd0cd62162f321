import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { findDocuments } from '../../scripts/site/documents.js';

/** Pictures that are drawn by hand. `npm run screenshots` makes the others. */
const PICTURES = ['cache', 'circuit', 'pipeline', 'refresh'];

describe.each(PICTURES)('docs/%s.svg', (name) => {
  const svg = readFileSync(`docs/${name}.svg`, 'utf8');

  it('has a title and a description, which screen readers read', () => {
    expect(svg).toContain('role="img" aria-labelledby="title desc"');
    expect(svg).toMatch(/<title id="title">\S.+<\/title>/);
    expect(svg).toMatch(/<desc id="desc">\S.{50,}<\/desc>/);
  });

  it('has colors for dark mode', () => {
    const classes = (css: string) => new Set([...css.matchAll(/\.(\w+) \{/g)].map(([, value]) => value));
    const [light = '', dark = ''] = svg.split('@media (prefers-color-scheme: dark)');
    expect(classes(dark.split('</style>')[0] ?? '')).toEqual(classes(light));
  });

  it('is shown by a page, with an alternative text', () => {
    const pages = findDocuments().filter(({ markdown }) =>
      new RegExp(`!\\[[^\\]]{40,}\\]\\([./]*${name}\\.svg\\)`).test(markdown),
    );
    expect(pages.length).toBeGreaterThan(0);
  });
});

test('every picture of docs is shown by a page', () => {
  const texts = [
    ...findDocuments().map(({ markdown }) => markdown),
    readFileSync('examples/web-app/README.md', 'utf8'),
    readFileSync('examples/explorer/README.md', 'utf8'),
  ].join('\n');
  const files = ['docs', 'docs/screenshots'].flatMap((folder) => readdirSync(folder));
  const unused = files.filter((file) => /\.(?:svg|png)$/.test(file) && !texts.includes(file));
  expect(unused).toEqual(['favicon.svg']);
});
