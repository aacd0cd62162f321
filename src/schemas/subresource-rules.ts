import { CATEGORIES } from './categories.js';
import { removeRowIds } from './category-input.js';
import type { PersonaUpdate } from './persona.js';

/** An input for services of the `subresource` dialect, and the values in it that they would reject or change. */
export interface SubresourceInput<Input> {
  /** The same object if nothing had to be removed. */
  readonly input: Input;
  readonly issues: readonly { readonly path: readonly string[]; readonly message: string }[];
}

const MAX_NAME_LENGTH = 100;
const MAX_AGE = 120;

/** Applies the rules to a persona to write. */
export function toSubresourcePersona<Input extends { readonly data: PersonaUpdate }>(
  input: Input,
): SubresourceInput<Input> {
  const { name = 'omitted', demographic } = input.data;
  const length = [...name].length; // code points, as the service counts
  const stripped = CATEGORIES.flatMap((category) => {
    const fields = input.data[category];
    const withoutIds = fields && removeRowIds(fields);
    return withoutIds === fields ? [] : [[category, withoutIds] as const];
  });
  return {
    input:
      stripped.length > 0 ? { ...input, data: { ...input.data, ...Object.fromEntries(stripped) } } : input,
    issues: [
      ...(length < 1 || length > MAX_NAME_LENGTH
        ? [{ path: ['name'], message: `must have 1 to ${MAX_NAME_LENGTH} characters` }]
        : []),
      ...findAgeIssues(demographic?.age, ['demographic']),
    ],
  };
}

/** Applies the rules to a category to write. */
export function toSubresourceCategory<Input extends { readonly data: { readonly age?: unknown } }>(
  input: Input,
  isDemographic: boolean,
): SubresourceInput<Input> {
  const data = removeRowIds(input.data);
  const isEmpty = Object.keys(data).length === 0;
  return {
    input: data === input.data ? input : { ...input, data },
    issues: [
      ...(isEmpty ? [{ path: ['data'], message: 'must have at least one field' }] : []),
      ...(isDemographic ? findAgeIssues(input.data.age, []) : []),
    ],
  };
}

/** Services reject an age out of bounds, and cut off the fraction of a number. */
const findAgeIssues = (age: unknown, path: readonly string[]) =>
  typeof age !== 'number' || (Number.isInteger(age) && age >= 0 && age <= MAX_AGE)
    ? []
    : [{ path: [...path, 'age'], message: `must be a whole number from 0 to ${MAX_AGE}` }];
