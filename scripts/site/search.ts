/** The site's full-text search. The page and the tests run this code. */
import MiniSearch, { type SearchResult } from 'minisearch';
import { stemmer } from 'stemmer';

/** A part of a page that the search can find: the text below one heading, or one symbol of the reference. */
export interface Section {
  /** Address from the site's root, with an anchor unless the section is the start of its page. */
  readonly url: string;
  /** Title of the page. */
  readonly page: string;
  /** Heading of the section. Equal to `page` for the start of a page. */
  readonly title: string;
  readonly text: string;
  /** Factor for the score. */
  readonly weight: number;
}

export type Search = (query: string) => Section[];

const MAX_RESULTS = 12;
const EXACT_TITLE_FACTOR = 10;

/** Words that carry no meaning in a question. */
const STOP_WORDS = new Set(
  'a an and are at be by can do does for from has have how i if in is it its me my of on one or so that the their then there this to use using was we what when where which who why will with you your'.split(
    ' ',
  ),
);

const splitWords = (text: string): string[] => text.split(/[^\p{L}\p{N}_]+/u).filter((word) => word !== '');

/**
 * Splits text into words. In the text of a section, also splits names such as `baseUrl` and `rate_limit`, and keeps the
 * whole name. In titles, a name stays whole: a symbol named `CustomData` does not answer "custom fields".
 */
function tokenize(text: string, field?: string): string[] {
  const words = splitWords(text);
  return field === 'title' || field === 'page' ? words : words.flatMap(splitName);
}

function splitName(word: string): string[] {
  const parts = word.split(/_|(?<=[a-z\d])(?=[A-Z])/).filter((part) => part !== '');
  return parts.length > 1 ? [word, ...parts] : parts;
}

/** Words that other libraries use, and the words of these pages. */
const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  cancel: ['abort'],
  cancellation: ['abort', 'signal'],
  credentials: ['password'],
  idempotency: ['lost', 'outcome'],
  idempotent: ['lost', 'outcome'],
  interceptor: ['event'],
  interceptors: ['event'],
  middleware: ['event'],
  mock: ['testing'],
  mocking: ['testing'],
  requirements: ['runtimes'],
  throttling: ['rate', 'limit'],
};

const addSynonyms = (term: string): (string | null)[] =>
  [term, ...(SYNONYMS[term.toLowerCase()] ?? [])].map(processTerm);

function processTerm(term: string): string | null {
  const word = term.toLowerCase();
  return STOP_WORDS.has(word) ? null : stemmer(word);
}

export function createSearch(sections: readonly Section[]): Search {
  const index = new MiniSearch<Section & { id: number }>({
    fields: ['title', 'page', 'text'],
    tokenize,
    processTerm,
    searchOptions: {
      boost: { title: 4, page: 2 },
      boostDocument: (id) => sections[Number(id)]?.weight ?? 1,
      prefix: (term) => term.length > 2,
      fuzzy: (term) => (term.length > 4 ? 0.2 : false),
      processTerm: (term) => addSynonyms(term).filter((word) => word !== null),
      weights: { prefix: 0.3, fuzzy: 0.1 },
    },
  });
  index.addAll(sections.map((section, id) => ({ ...section, id })));
  return (query) => {
    const found = index.search(query);
    const wordCount = new Set(found.flatMap(({ queryTerms }) => queryTerms)).size;
    /** Ranks a section higher if its title is the query, or if it contains more of the words. */
    const rank = ({ id, score, queryTerms }: SearchResult) =>
      score *
      (queryTerms.length / wordCount) ** 2 *
      (sections[Number(id)]?.title.toLowerCase() === query.toLowerCase() ? EXACT_TITLE_FACTOR : 1);
    const pages = new Set<string>();
    return found
      .sort((a, b) => rank(b) - rank(a))
      .flatMap(({ id }) => sections[Number(id)] ?? [])
      .filter(({ url }) => {
        // Only the best section of a page: more would hide other pages.
        const [page = ''] = url.split('#');
        return !pages.has(page) && pages.add(page);
      })
      .slice(0, MAX_RESULTS);
  };
}
