export const markdown = (columns: readonly string[], rows: readonly (readonly string[])[]): string =>
  [columns, columns.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |\n`).join('');

/** The text with something else between `<!-- bench: name -->` and `<!-- /bench -->`. */
export function between(text: string, name: string, content: string): string {
  const place = new RegExp(`(<!-- bench: ${name} -->\\n)[\\s\\S]*?(<!-- /bench -->)`);
  if (!place.test(text)) throw new Error(`There is no place for ${name}`);
  return text.replace(place, (_, open: string, close: string) => `${open}${content}${close}`);
}
