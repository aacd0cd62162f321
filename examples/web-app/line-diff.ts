/** A line of a text that a user has edited, and the stored entry that it shows or replaces. */
export interface DiffLine {
  readonly text: string;
  /** Index of the entry. `undefined` for an added line. */
  readonly entry: number | undefined;
  /** Whether the text still contains all lines of the entry. */
  readonly isKept: boolean;
}

/** Maximum number of comparisons of an entry with a line. In longer texts, the diff ignores the order of equal lines. */
const MAX_PAIRS = 1_000_000;

/**
 * Finds the entries that an edited text still contains, in the same order or moved. All other lines are changed or added. Omits
 * empty lines.
 *
 * @param entries the lines of each entry: several if the text of the entry has line breaks.
 */
export function diffLines(text: string, entries: readonly (readonly string[])[]): DiffLine[] {
  const lines = text === '' ? [] : text.split('\n');
  const kept = findKept(entries, lines);
  const keptEntries = new Set(kept.values());
  const result: DiffLine[] = [];
  let next = 0; // the entry that a changed line replaces
  for (let index = 0; index < lines.length; ) {
    const line = lines[index] ?? '';
    const entry = kept.get(index);
    if (entry !== undefined) {
      result.push({ text: line, entry, isKept: true });
      index += entries[entry]?.length ?? 1;
      next = entry + 1;
      continue;
    }
    index++;
    if (line.trim() === '') continue;
    const isReplaced = next < entries.length && !keptEntries.has(next);
    result.push({ text: line, entry: isReplaced ? next++ : undefined, isKept: false });
  }
  return result;
}

/** Returns the index of each entry that the text still contains, by the index of the entry's first line. */
function findKept(entries: readonly (readonly string[])[], lines: readonly string[]): Map<number, number> {
  const kept = new Map<number, number>();
  const usedLines = new Set<number>();
  const isAt = (entry: number, line: number) =>
    entries[entry]?.every(
      (text, offset) => lines[line + offset] === text && !usedLines.has(line + offset),
    ) === true;
  const keep = (entry: number, line: number) => {
    kept.set(line, entry);
    entries[entry]?.forEach((_, offset) => void usedLines.add(line + offset));
  };

  if (entries.length * lines.length <= MAX_PAIRS) keepInOrder();
  const used = new Set(kept.values());
  const moved = new Map<string | undefined, number[]>(); // by first line
  for (const [entry, [firstLine]] of entries.entries()) {
    if (used.has(entry)) continue;
    const sameStart = moved.get(firstLine);
    if (sameStart) sameStart.push(entry);
    else moved.set(firstLine, [entry]);
  }
  for (const [line, text] of lines.entries()) {
    const candidates = moved.get(text) ?? [];
    const position = candidates.findIndex((entry) => isAt(entry, line));
    for (const entry of position === -1 ? [] : candidates.splice(position, 1)) keep(entry, line);
  }
  return kept;

  /** Keeps the longest common subsequence. */
  function keepInOrder() {
    const width = lines.length + 1;
    /** The maximum number of lines that can be kept, starting at an entry and a line. */
    const most = new Uint32Array((entries.length + 1) * width);
    const mostFrom = (entry: number, line: number) => most[entry * width + line] ?? 0;
    const mostIfKept = (entry: number, line: number) => {
      const { length = 0 } = entries[entry] ?? [];
      return isAt(entry, line) ? length + mostFrom(entry + 1, line + length) : 0;
    };
    for (let entry = entries.length - 1; entry >= 0; entry--)
      for (let line = lines.length - 1; line >= 0; line--)
        most[entry * width + line] = Math.max(
          mostFrom(entry + 1, line),
          mostFrom(entry, line + 1),
          mostIfKept(entry, line),
        );
    let [entry, line] = [0, 0];
    while (mostFrom(entry, line) > 0) {
      if (mostIfKept(entry, line) === mostFrom(entry, line)) {
        keep(entry, line);
        line += entries[entry++]?.length ?? 1;
      } else if (mostFrom(entry + 1, line) === mostFrom(entry, line)) entry++;
      else line++;
    }
  }
}
