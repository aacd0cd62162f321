/** Splits the site into sections that the search can find. */
import {
  type Comment,
  type CommentDisplayPart,
  type DeclarationReflection,
  type Reflection,
  ReflectionKind,
  type Router,
  Slugger,
} from 'typedoc';
import { PROJECT, type SiteDocument, toPlainText } from './documents.js';
import type { Section } from './search.js';

/** Guides rank first, because they answer questions. A query with the name of a symbol finds the symbol by its name. */
const WEIGHTS = { guide: 2.5, project: 0.6, symbol: 1, member: 0.6 };

/** Returns the sections of a document: the text before the first heading of level 2, and the text below each other heading. */
export function splitDocument(document: SiteDocument, url: string): Section[] {
  const weight = document.group === PROJECT ? WEIGHTS.project : WEIGHTS.guide;
  const slugger = new Slugger({ lowercase: true });
  const sections: Section[] = [];
  let title = document.title;
  let anchor = '';
  let lines: string[] = [];
  let isCode = false;
  const finish = () => {
    const text = toPlainText(lines.join('\n'));
    sections.push({ url: url + anchor, page: document.title, title, text, weight });
    lines = [];
  };
  for (const line of document.markdown.split('\n')) {
    if (/^\s*```/.test(line)) isCode = !isCode;
    const [, level = '', heading = ''] = (!isCode && /^(#{1,4}) (.+)$/.exec(line)) || [];
    if (level === '') {
      lines.push(line);
      continue;
    }
    const slug = slugger.slug(heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('`', ''));
    if (level === '#') continue;
    finish();
    title = toPlainText(heading);
    anchor = `#${slug}`;
  }
  finish();
  return sections;
}

/** Returns one section for a symbol of the reference, or for a member of a symbol. */
export function describeSymbol(symbol: DeclarationReflection, router: Router): Section {
  const owner = findOwner(symbol);
  const isMember = owner !== symbol;
  const comments = [symbol.comment, ...(symbol.signatures ?? []).map(({ comment }) => comment)];
  return {
    url: router.getFullUrl(symbol),
    page: owner.name,
    title: symbol.name,
    text: comments.map(readComment).join(' ').trim(),
    weight: isMember ? WEIGHTS.member : WEIGHTS.symbol,
  };
}

/** Returns the exported symbol that a member belongs to. */
const findOwner = (symbol: Reflection): Reflection =>
  symbol.parent === undefined || MODULES.includes(symbol.parent.kind) ? symbol : findOwner(symbol.parent);

const MODULES = [ReflectionKind.Module, ReflectionKind.Project];

function readComment(comment: Comment | undefined): string {
  if (comment === undefined) return '';
  const tags = comment.blockTags.filter(({ tag }) => tag !== '@example');
  return [comment.summary, ...tags.map(({ content }) => content)].map(readParts).join(' ');
}

const readParts = (parts: readonly CommentDisplayPart[]): string =>
  toPlainText(parts.map(({ text }) => text).join(''));

/** Tells whether the search should find a symbol: it has a page or an anchor of its own. */
export const isSearchable = (reflection: Reflection, router: Router): reflection is DeclarationReflection =>
  reflection.isDeclaration() &&
  router.hasUrl(reflection) &&
  reflection.name !== 'constructor' &&
  !reflection.flags.isInherited;
