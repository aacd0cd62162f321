/** Formats a Markdown table. */
export const markdownTable = (columns: readonly string[], rows: readonly (readonly string[])[]): string =>
  [columns, columns.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |\n`).join('');

/** Replaces the text between `<!-- bench: name -->` and `<!-- /bench -->`. */
export function replaceSection(text: string, name: string, content: string): string {
  const section = new RegExp(`(<!-- bench: ${name} -->\\n)[\\s\\S]*?(<!-- /bench -->)`);
  if (!section.test(text)) throw new Error(`The page has no section ${name}`);
  return text.replace(section, (_, open: string, close: string) => `${open}${content}${close}`);
}
