/** The message for an option or a field that does not exist. */
export const unknownNameMessage = (name: string, knownNames: readonly string[]): string =>
  `is not known${suggestName(name, knownNames) || `. Use one of ${knownNames.join(', ')}`}`;

const MAX_EDITS = 3;
const MAX_LENGTH = 50;

/** Returns `. Did you mean …?` with the known name that is most similar to an unknown one, or `''` if none is similar. */
export function suggestName(unknownName: string, knownNames: readonly string[]): string {
  const unknown = normalize(unknownName);
  const isPart = (name: string) => unknown.length > 2 && (name.includes(unknown) || unknown.includes(name));
  const name =
    findMisspelled(unknownName, knownNames) ?? knownNames.find((known) => isPart(normalize(known)));
  return name === undefined ? '' : `. Did you mean ${name}?`;
}

/** Returns the known name that differs from an unknown one by the fewest edits, at most three. */
export function findMisspelled(unknownName: string, knownNames: readonly string[]): string | undefined {
  const unknown = normalize(unknownName);
  const isSimilar = (name: string, edits: number) =>
    2 * edits < Math.max(name.length, unknown.length) && isWithin(edits, unknown, name);
  for (let edits = 0; edits <= MAX_EDITS; edits++) {
    const similar = knownNames.find((name) => isSimilar(normalize(name), edits));
    if (similar !== undefined) return similar;
  }
  return undefined;
}

/** `per_page` and `perPage` are the same name. */
const normalize = (name: string): string => name.slice(0, MAX_LENGTH).toLowerCase().replace(/[_\W]/g, '');

/** Whether at most this many edits turn one text into the other. An edit inserts, removes, replaces or swaps characters. */
function isWithin(edits: number, left: string, right: string): boolean {
  if (left === right) return true;
  if (edits === 0) return false;
  let start = 0;
  while (left[start] === right[start]) start++;
  const isWithinRest = (leftLength: number, rightLength: number) =>
    isWithin(edits - 1, left.slice(start + leftLength), right.slice(start + rightLength));
  const isSwapped = left[start] === right[start + 1] && left[start + 1] === right[start];
  return isWithinRest(1, 0) || isWithinRest(0, 1) || isWithinRest(1, 1) || (isSwapped && isWithinRest(2, 2));
}
