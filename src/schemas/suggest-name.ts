/** The message for an option or a field that does not exist. */
export const unknownNameMessage = (name: string, knownNames: readonly string[]): string =>
  `is not known${suggestName(name, knownNames) || `. Use one of ${knownNames.join(', ')}`}`;

const MAX_EDITS = 3;
const MAX_LENGTH = 50;

/** Returns `. Did you mean …?` with the known name that is most similar to an unknown one, or `''` if none is similar. */
export function suggestName(unknownName: string, knownNames: readonly string[]): string {
  const unknown = normalize(unknownName);
  const isSimilar = (name: string, edits: number) =>
    2 * edits < Math.max(name.length, unknown.length) && isWithin(edits, unknown, name);
  const isPart = (name: string) => unknown.length > 2 && (name.includes(unknown) || unknown.includes(name));
  const candidates = knownNames.map((name) => [name, normalize(name)] as const);
  for (let edits = 0; edits <= MAX_EDITS + 1; edits++)
    for (const [name, normalized] of candidates)
      if (edits > MAX_EDITS ? isPart(normalized) : isSimilar(normalized, edits))
        return `. Did you mean ${name}?`;
  return '';
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
