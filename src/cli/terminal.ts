import { styleText } from 'node:util';

type Colour = Parameters<typeof styleText>[0];

/** Coloured where `stream` is a terminal and NO_COLOR is not set. */
export const coloured = (colour: Colour, text: string, stream: NodeJS.WriteStream = process.stdout): string =>
  styleText(colour, text, { stream });

/** What a service stores must not steer the terminal: control characters and marks of direction are shown as codes. */
export const shown = (text: string): string =>
  text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** The result, on standard output. Resolves when it has been taken. */
export const print = (text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    process.stdout.write(`${text}\n`, (error) => (error ? reject(error) : resolve()));
  });

/** What happens meanwhile, on standard error. */
export const note = (text: string): void => void process.stderr.write(`${text}\n`);

/** The result for programs (`--json`: one line) or for people. */
export const answer = (json: boolean | undefined, data: unknown, words: () => string): Promise<void> =>
  print(json ? JSON.stringify(data) : words());

/** Columns, each as wide as its widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const clean = rows.map((row) => row.map((cell) => shown(cell).replaceAll('\n', ' ')));
  const widths = (clean[0] ?? []).map((_, at) => Math.max(...clean.map((row) => row[at]?.length ?? 0)));
  return clean
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A value for people: names indented by what they stand in. */
export function outline(value: unknown, indent = ''): string {
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) return shown(value.join(', '));
  if (typeof value !== 'object' || value === null) return shown(String(value));
  return Object.entries(value)
    .filter(([, part]) => part !== null && part !== undefined)
    .map(([name, part]) => {
      const inner = outline(part, `${indent}  `);
      const nested = typeof part === 'object' && !(Array.isArray(part) && !inner.includes('\n'));
      return `${indent}${coloured('bold', shown(name))}:${nested ? inner && `\n${inner}` : ` ${inner}`}`;
    })
    .join('\n');
}
