/** How a CSV file separates cells and rows. */
export interface CsvSyntax {
  /** The byte between two cells. */
  readonly delimiter: number;
  /** Whether a carriage return alone ends a row, as in files of old Mac programs. */
  readonly endsWithReturn: boolean;
  /** Length of the first line if it is `sep=;`, with which Excel names the delimiter; otherwise 0. */
  readonly separatorLineBytes: number;
}

const SEPARATOR_LINE = /^"?sep=([^\r\n"])"?$/i;

/**
 * Detects the syntax by the first line that is not empty. Spreadsheets write semicolons in some locales.
 *
 * Returns `undefined` if the line is incomplete and more bytes may follow.
 */
export function detectCsvSyntax(bytes: Buffer, prefersTabs: boolean, isEnd: true): CsvSyntax;
export function detectCsvSyntax(bytes: Buffer, prefersTabs: boolean, isEnd: false): CsvSyntax | undefined;
export function detectCsvSyntax(bytes: Buffer, prefersTabs: boolean, isEnd: boolean): CsvSyntax | undefined {
  const text = bytes.toString('latin1'); // one character per byte
  const [, emptyLines = '', line = '', lineEnd = ''] =
    /^([\r\n]*)([^\r\n]*)(\r\n|\r(?!$)|\n|)/.exec(text) ?? [];
  if (lineEnd === '' && !isEnd) return undefined;
  const endsWithReturn = lineEnd === '\r' || (isEnd && text.endsWith(`${line}\r`));
  const separator = emptyLines === '' ? SEPARATOR_LINE.exec(line)?.[1] : undefined;
  const delimiter = separator ?? detectDelimiter(line, prefersTabs);
  return {
    delimiter: delimiter.charCodeAt(0),
    endsWithReturn,
    separatorLineBytes: separator === undefined ? 0 : line.length + lineEnd.length,
  };
}

function detectDelimiter(header: string, prefersTabs: boolean): string {
  const unquoted = header.replaceAll(/"[^"]*"/g, '');
  const candidates = prefersTabs ? ['\t', ',', ';'] : [',', ';', '\t'];
  const counts = candidates.map((delimiter) => [delimiter, unquoted.split(delimiter).length] as const);
  return counts.reduce((best, candidate) => (candidate[1] > best[1] ? candidate : best))[0];
}
