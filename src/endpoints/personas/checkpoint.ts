/** The ids of the personas that an iteration yielded, as JSON data. A later iteration skips these personas. */
export interface IterationCheckpoint {
  /** Inclusive ranges of the ids of all yielded personas. */
  readonly idRanges: readonly (readonly [first: number, last: number])[];
}

/** The maximum number of entries in a `Map`. A larger range cannot be restored. */
const MAX_MAP_SIZE = 2 ** 24;

export function createCheckpoint(ids: Iterable<number>): IterationCheckpoint {
  const idRanges: [first: number, last: number][] = [];
  for (const id of [...ids].sort((a, b) => a - b)) {
    const range = idRanges.at(-1);
    if (range && range[1] === id - 1) range[1] = id;
    else idRanges.push([id, id]);
  }
  return { idRanges };
}

export function* expandCheckpoint({ idRanges }: IterationCheckpoint): Generator<number> {
  for (const [first, last] of idRanges) for (let id = first; id <= last; id++) yield id;
}

export const isCheckpoint = (value: unknown): boolean => {
  const { idRanges } = Object(value);
  return Array.isArray(idRanges) && idRanges.every(isRange);
};

const isRange = (range: unknown): boolean =>
  Array.isArray(range) &&
  isIntegerFrom(1, range[0]) &&
  isIntegerFrom(range[0], range[1]) &&
  range[1] - range[0] < MAX_MAP_SIZE;

export const isIntegerFrom = (min: number, value: unknown): boolean =>
  Number.isSafeInteger(value) && (value as number) >= min;
