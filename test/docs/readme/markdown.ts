/** A fenced TypeScript block of a Markdown file. */
export interface Block {
  /** File and line for test titles: `README.md:42`. */
  readonly location: string;
  readonly code: string;
  readonly language: 'ts' | 'tsx';
  /** Scenario that the block runs in, from a comment such as `<!-- run: auth -->` above it. */
  readonly run: string | undefined;
  /** Module that the block shows, from a comment such as `<!-- module: src/index.ts -->`. */
  readonly module: string | undefined;
}

/** Returns all TypeScript blocks, including those in lists. */
export function parseBlocks(file: string, text: string): Block[] {
  const fence = /(?:<!-- (run|module): (\S+) -->\n)?^( *)```(tsx?)\n([\s\S]*?)^\3```$/gm;
  return [...text.matchAll(fence)].map(
    ({ 0: match, index, 1: key, 2: value, 3: indent = '', 4: language, 5: code = '' }) => ({
      location: `${file}:${text.slice(0, index + match.indexOf('```')).split('\n').length}`,
      code: code.replace(new RegExp(`^${indent}`, 'gm'), ''),
      language: language === 'tsx' ? 'tsx' : 'ts',
      run: key === 'run' ? value : undefined,
      module: key === 'module' ? value : undefined,
    }),
  );
}

/**
 * Returns the cells of the table below `<!-- table: name -->`, without the header.
 *
 * @throws {Error} if there is no such table.
 */
export function parseTable(text: string, name: string): string[][] {
  const [, table] = new RegExp(`<!-- table: ${name} -->\\n((?:\\|.*\\n)+)`).exec(text) ?? [];
  if (table === undefined) throw new Error(`There is no table named ${name}`);
  return table
    .trim()
    .split('\n')
    .slice(2)
    .map((row) =>
      row
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** Returns the code spans of a table cell. */
export const parseCodeSpans = (cell = ''): string[] =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

/** Returns the targets of links and images outside of code. */
export function parseLinks(text: string): string[] {
  const prose = removeFences(text).replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
}

/** Returns the anchors of all headings, as GitHub generates them. */
export function parseAnchors(text: string): Set<string> {
  const anchor = (heading: string) =>
    heading
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
  return new Set([...removeFences(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchor(heading)));
}

const removeFences = (text: string): string => text.replace(/^( *)```[\s\S]*?^\1```$/gm, '');
