/** The Markdown files of the site, in the order of the navigation. A new guide or reference page needs no entry. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** A Markdown file of the site. */
export interface SiteDocument {
  readonly path: string;
  readonly group: string;
  readonly title: string;
  /** What the document is about: its first sentences, without Markdown. */
  readonly description: string;
  /** The text without front matter. */
  readonly markdown: string;
}

/** Groups of guides and their order, by file name without `.md`. */
const NAVIGATION: Readonly<Record<string, readonly string[]>> = JSON.parse(
  readFileSync('docs/navigation.json', 'utf8'),
);

/** Group of the guides that docs/navigation.json does not list. */
export const MORE_GUIDES = 'More guides';
export const REFERENCE = 'Reference';
export const PROJECT = 'Project';

/** Groups of guides, in reading order. */
export const GUIDE_GROUPS: readonly string[] = [...Object.keys(NAVIGATION), MORE_GUIDES];

/** Length of a description that has several sentences. */
const MAX_DESCRIPTION_LENGTH = 160;

const PROJECT_FILES = [
  'README.md',
  'docs/speed.md',
  'docs/scale.md',
  'SECURITY.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
];

export function findDocuments(): SiteDocument[] {
  const guides = listNames('docs/guides').map((name) => ({
    path: `docs/guides/${name}.md`,
    group: Object.keys(NAVIGATION).find((group) => NAVIGATION[group]?.includes(name)) ?? MORE_GUIDES,
    rank: Object.values(NAVIGATION).flat().indexOf(name),
  }));
  const byRank = (a: { rank: number }, b: { rank: number }) => a.rank - b.rank;
  const listed = guides.filter(({ rank }) => rank >= 0).sort(byRank);
  const unlisted = guides.filter(({ rank }) => rank < 0);
  const reference = listNames('docs/reference').map((name) => ({
    path: `docs/reference/${name}.md`,
    group: REFERENCE,
  }));
  const project = PROJECT_FILES.map((path) => ({ path, group: PROJECT }));
  return [...listed, ...unlisted, ...reference, ...project].map(readDocument);
}

function readDocument({ path, group }: { readonly path: string; readonly group: string }): SiteDocument {
  const markdown = readFileSync(path, 'utf8').replace(/^---\n[\s\S]*?\n---\n+/, '');
  const title = path === 'README.md' ? 'README' : (/^# (.+)$/m.exec(markdown)?.[1] ?? path);
  return { path, group, title, description: findDescription(markdown), markdown };
}

const listNames = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((file) => file.endsWith('.md'))
        .map((file) => file.slice(0, -'.md'.length))
    : [];

/** Returns the first paragraph below the first heading: its first sentence, and the next ones if that is short. */
function findDescription(markdown: string): string {
  const paragraph = markdown
    .replace(/^#.*$/gm, '')
    .replace(/<!--[\s\S]*?-->/g, '')
    .split(/\n{2,}/)
    .map((block) => block.trim())
    .find((block) => /^[\w`*[]/.test(block));
  let description = '';
  for (const sentence of toPlainText(paragraph ?? '').split(/(?<=[.!?:])\s+(?=[A-Z])/)) {
    if (description.length > 0 && description.length + sentence.length > MAX_DESCRIPTION_LENGTH) break;
    description = `${description} ${sentence}`.trim();
  }
  return description.replace(/:$/, '.');
}

/** Removes the marks of Markdown from a text. Keeps code. */
export const toPlainText = (markdown: string): string =>
  markdown
    .replace(/<!--[\s\S]*?-->/g, ' ')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/^[ >#]*```.*$/gm, ' ')
    .replace(/^\|[-: |]+\|$/gm, ' ')
    .replace(/[`*|#]/g, ' ')
    .replace(/\s+/g, ' ')
    .replace(/ ([.,:;)])/g, '$1')
    .trim();
