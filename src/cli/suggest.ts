const MAX_LENGTH = 60;

/**
 * Returns the candidate that the user probably meant: the most similar one, in full or after its last dot. Ignores upper and
 * lower case, spaces and punctuation. Returns `undefined` if none is similar.
 */
export function suggest(text: string, candidates: readonly string[]): string | undefined {
  const typed = normalize(text);
  if (typed === '' || typed.length > MAX_LENGTH) return undefined;
  const distances = candidates.map((candidate) => {
    const names = [candidate, candidate.slice(candidate.lastIndexOf('.') + 1)];
    return Math.min(...names.map((name) => editDistance(typed, normalize(name))));
  });
  const smallest = Math.min(...distances);
  return smallest <= typed.length / 3 ? candidates[distances.indexOf(smallest)] : undefined;
}

const normalize = (text: string): string => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');

/** Returns how many characters must be inserted, removed, replaced or swapped with the next one to turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  const distanceAt = (i: number, j: number) => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const isSwapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(
          distanceAt(i - 1, j) + 1,
          distanceAt(i, j - 1) + 1,
          distanceAt(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1),
          isSwapped ? distanceAt(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
  }
  return distanceAt(a.length, b.length);
}
