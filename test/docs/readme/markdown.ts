/** What the tests need to know of a Markdown file: its code, its tables, its links. */
export interface Block {
  /** Where it begins, for messages: `README.md:42`. */
  readonly at: string;
  readonly code: string;
  /** From a comment before it, such as `<!-- run: auth -->`: what it needs to run, or which module it shows. */
  readonly run: string | undefined;
  readonly module: string | undefined;
}

/** The fenced blocks of TypeScript, those inside of lists too. */
export function blocksOf(file: string, text: string): Block[] {
  const fence = /(?:<!-- (run|module): (\S+) -->\n)?^( *)```ts\n([\s\S]*?)^\3```$/gm;
  return [...text.matchAll(fence)].map(
    ({ 0: whole, index, 1: key, 2: value, 3: indent = '', 4: code = '' }) => ({
      at: `${file}:${text.slice(0, index + whole.indexOf('```')).split('\n').length}`,
      code: code.replace(new RegExp(`^${indent}`, 'gm'), ''),
      run: key === 'run' ? value : undefined,
      module: key === 'module' ? value : undefined,
    }),
  );
}

/** The cells of the table under `<!-- table: name -->`, without its head. */
export function tableOf(text: string, name: string): string[][] {
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

/** The code spans of a cell. */
export const codeIn = (cell = ''): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

/** Where links and pictures point, outside of code. */
export function linksOf(text: string): string[] {
  const prose = text.replace(/^( *)```[\s\S]*?^\1```$/gm, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
}

/** The anchors of its headings, as GitHub makes them. */
export function anchorsOf(text: string): Set<string> {
  const prose = text.replace(/^( *)```[\s\S]*?^\1```$/gm, '');
  const anchor = (heading: string) =>
    heading
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
  return new Set([...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchor(heading)));
}
