import { styleText } from 'node:util';
import { escapeControls } from '../core/safe-text.js';
import { isSystemError } from './system-errors.js';

type Color = Parameters<typeof styleText>[0];

/** Adds a color if `stream` is a terminal and NO_COLOR is not set. */
export const colorize = (color: Color, text: string, stream: NodeJS.WriteStream = process.stdout): string =>
  styleText(color, text, { stream });

/** Writes a line to standard output. Resolves when the line is flushed, or if the reader has closed the pipe. */
export const print = (text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    process.stdout.write(`${text}\n`, (error) =>
      error && !isSystemError(error, 'EPIPE') ? reject(error) : resolve(),
    );
  });

/** Writes a line to standard error, for errors and notices. */
export const printToStderr = (text: string): void => void process.stderr.write(`${text}\n`);

/** Prints a result: as one line of JSON with `--json`, otherwise as the text that `format` returns. */
export const printResult = (json: boolean | undefined, data: unknown, format: () => string): Promise<void> =>
  print(json ? toJsonLine(data) : format());

/** Serializes data as one line of JSON. Escapes control characters. The data stays the same. */
export const toJsonLine = (data: unknown): string => escapeControls(JSON.stringify(data));

/** Formats a number without decimals, such as `1,234`. */
export const formatCount = (value: number): string =>
  value.toLocaleString('en-US', { maximumFractionDigits: 0 });

/** Formats a number with a noun, such as `1 persona` and `1,234 personas`. */
export const formatItems = (count: number, noun: string): string =>
  `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;

/** Formats a value as lines of `name: value`, and indents nested objects. */
export function formatOutline(value: unknown, indent = ''): string {
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object'))
    return escapeControls(value.join(', '));
  if (typeof value !== 'object' || value === null) return escapeControls(String(value));
  return Object.entries(value)
    .filter(([, child]) => child !== null && child !== undefined)
    .map(([name, child]) => {
      const text = formatOutline(child, `${indent}  `);
      const isBlock = typeof child === 'object' && !(Array.isArray(child) && !text.includes('\n'));
      return `${indent}${colorize('bold', escapeControls(name))}:${isBlock ? text && `\n${text}` : ` ${text}`}`;
    })
    .join('\n');
}
