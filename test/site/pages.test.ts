import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { describe, expect, inject, it, test } from 'vitest';
import { checkLinks } from '../../scripts/site/check-links.js';
import { findDocuments, GUIDE_GROUPS, PROJECT } from '../../scripts/site/documents.js';
import { SITE } from './build.js';

interface NavigationElement {
  readonly text: string;
  readonly path?: string;
  readonly children?: readonly NavigationElement[];
}

const read = (file: string) => readFileSync(join(SITE, file), 'utf8');

/** The navigation that every page loads. */
const navigation: readonly NavigationElement[] = JSON.parse(
  inflateSync(Buffer.from(/"(.+)"/.exec(read('assets/navigation.js'))?.[1] ?? '', 'base64')).toString(),
);
const groupNamed = (name: string, elements = navigation) =>
  elements.find(({ text }) => text === name)?.children ?? [];
const documents = findDocuments();

it('has no broken link, in pages and in the search', () => {
  const { links, broken } = checkLinks(
    SITE,
    inject('sections').map(({ url }) => url),
  );
  expect(broken).toEqual([]);
  expect(links).toBeGreaterThan(10_000);
});

it('reports broken links', () => {
  const { broken } = checkLinks(SITE, ['missing.html', 'index.html#missing']);
  expect(broken).toEqual([
    'index.html: missing.html: the page does not exist',
    'index.html: index.html#missing: the page has no such anchor',
  ]);
});

describe('navigation', () => {
  test.each(documents)('contains $path in its group, under its own title', ({ group, title }) => {
    expect(groupNamed(group).map(({ text }) => text)).toContain(title);
  });

  it('starts with the guides and their groups in the order of docs/navigation.json', () => {
    const order = Object.keys(JSON.parse(readFileSync('docs/navigation.json', 'utf8')));
    const used = order.filter((group) => documents.some((document) => document.group === group));
    expect(navigation.slice(0, used.length).map(({ text }) => text)).toEqual(used);
    expect(navigation.at(-1)?.text).toBe(PROJECT);
  });

  it('lists PersonaClient first in the API', () => {
    const [module] = groupNamed('API');
    expect(module?.text).toBe('persona-client');
    expect(module?.children?.[0]?.children?.[0]?.text).toBe('PersonaClient');
  });

  it('gives every symbol of the client a group of its own kind', () => {
    const groups = groupNamed('API')[0]?.children?.map(({ text }) => text);
    expect(groups).toContain('Errors');
    expect(groups).not.toContain('Other'); // if so, add the folder to scripts/site/groups.ts
  });
});

test('docs/navigation.json lists only guides that exist, each once', () => {
  const names = Object.values<string[]>(JSON.parse(readFileSync('docs/navigation.json', 'utf8'))).flat();
  expect(new Set(names).size).toBe(names.length);
  const paths = documents.map(({ path }) => path);
  for (const name of names) expect(paths).toContain(`docs/guides/${name}.md`);
});

describe('the home page', () => {
  it('links every guide', () => {
    const home = read('index.html');
    for (const { group, title } of documents)
      if (GUIDE_GROUPS.includes(group)) expect(home).toContain(`>${title.replaceAll('&', '&amp;')}</a>`);
  });
});

describe('llms.txt', () => {
  const guides = documents.filter(({ group }) => group !== PROJECT);

  it('lists every guide and reference page with one line', () => {
    const index = read('llms.txt');
    expect(index).toMatch(/^# persona-client\n\n> \S/);
    for (const { title } of guides) {
      const line = index.split('\n').find((text) => text.startsWith(`- [${title}](`));
      expect(line).toMatch(/^- \[[^\]]+\]\((?:guides|reference)\/[\w-]+\.html\): \w.{15,350}[.!?]$/);
    }
  });

  it('links pages that exist', () => {
    const links = [...read('llms.txt').matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) => link);
    expect(checkLinks(SITE, links).broken).toEqual([]);
    expect(links.length).toBeGreaterThan(guides.length);
  });

  it('has the whole text of every guide in llms-full.txt', () => {
    const full = read('llms-full.txt');
    for (const { markdown, title } of guides) {
      expect(full).toContain(`# ${title}\n`);
      const code = /```ts\n([\s\S]*?)```/.exec(markdown)?.[1];
      if (code !== undefined) expect(full).toContain(code);
    }
    expect(full).not.toContain('<!--');
  });
});
