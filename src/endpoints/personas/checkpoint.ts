/** The personas that an iteration yielded, as JSON data. A later iteration skips these personas. */
export interface IterationCheckpoint {
  /** Inclusive ranges of the ids of the yielded personas that existed when the iteration started. */
  readonly idRanges: readonly (readonly [first: number, last: number])[];
  /**
   * When the iteration started, by the service's clock: ISO 8601 in UTC. An iteration that continues from a checkpoint keeps
   * this time. Absent before the first row.
   */
  readonly startedAt?: string;
  /**
   * The yielded personas that were created later: the id and `created_at` of each. If the service gives the id of a deleted
   * persona to a new one, `created_at` distinguishes the two. @default none
   */
  readonly createdLater?: readonly (readonly [id: number, createdAt: string])[];
}

/** The maximum number of entries in a `Map`. A larger range cannot be restored. */
const MAX_MAP_SIZE = 2 ** 24;

/** Converts ids to ranges of consecutive ids. */
export function toRanges(ids: readonly number[]): [first: number, last: number][] {
  const idRanges: [first: number, last: number][] = [];
  for (const id of ids.toSorted((a, b) => a - b)) {
    const range = idRanges.at(-1);
    if (range && range[1] === id - 1) range[1] = id;
    else idRanges.push([id, id]);
  }
  return idRanges;
}

/** Yields all ids in the ranges. */
export function* expandRanges(idRanges: IterationCheckpoint['idRanges']): Generator<number> {
  for (const [first, last] of idRanges) for (let id = first; id <= last; id++) yield id;
}

/** Whether a value from a caller is a checkpoint. */
export const isCheckpoint = (value: unknown): boolean => {
  const { idRanges, startedAt = '1970', createdLater = [] } = Object(value);
  return (
    isArrayOf(idRanges, isRange) &&
    Number.isFinite(Date.parse(startedAt)) &&
    isArrayOf(createdLater, isCreation)
  );
};

const isArrayOf = (value: unknown, isItem: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(isItem);

const isRange = (range: unknown): boolean =>
  Array.isArray(range) &&
  isIntegerFrom(1, range[0]) &&
  isIntegerFrom(range[0], range[1]) &&
  range[1] - range[0] < MAX_MAP_SIZE;

const isCreation = (creation: unknown): boolean =>
  Array.isArray(creation) && isIntegerFrom(1, creation[0]) && typeof creation[1] === 'string';

const isIntegerFrom = (min: number, value: unknown): boolean =>
  Number.isSafeInteger(value) && (value as number) >= min;
