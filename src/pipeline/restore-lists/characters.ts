import { defaultFieldConfig } from '../../schemas/default-field-config.js';

/** A persona in a response, before validation. The response of a category is a persona with only that category. */
export type RawPersona = Readonly<Record<string, unknown>>;

/** A list in a response, before validation. */
interface RawList {
  readonly category: string;
  readonly field: string;
  readonly value: readonly unknown[];
  /** The value of the JSON text that the elements form. `undefined` if they form none. */
  readonly decoded: object | null | undefined;
}

/** The fields that a service of the `subresource` dialect stores as JSON text. */
const JSON_FIELDS = Object.entries(defaultFieldConfig()).flatMap(([category, { fields }]) =>
  fields.flatMap(({ name, type }) => (type === 'string' ? [] : [{ category, field: name, type }])),
);

/** The categories that have fields stored as JSON text. */
export const JSON_CATEGORIES: ReadonlySet<string> = new Set(JSON_FIELDS.map(({ category }) => category));

export const getField = (persona: RawPersona, category: string, field: string): unknown =>
  Object(persona[category])[field];

/** Finds the lists in the fields that a service stores as JSON text. */
export const findLists = (persona: RawPersona): RawList[] =>
  JSON_FIELDS.flatMap(({ category, field, type }) => {
    const value = getField(persona, category, field);
    if (!Array.isArray(value)) return [];
    return [{ category, field, value, decoded: decodeCharacters(value, type) }];
  });

/** Decodes a list of characters, if they are the JSON text of `null` or of a value of the field's type. */
function decodeCharacters(value: readonly unknown[], type: string): object | null | undefined {
  if (!value.every(isCharacter)) return undefined;
  try {
    const decoded: unknown = JSON.parse(value.join(''));
    const hasType =
      typeof decoded === 'object' && (decoded === null || Array.isArray(decoded) === (type === 'list'));
    return hasType ? decoded : undefined;
  } catch {
    return undefined;
  }
}

const isCharacter = (element: unknown): boolean =>
  typeof element === 'string' && element.length <= 2 && [...element].length === 1;

/** Whether the list cannot consist of the characters of a text. */
export const isRealList = ({ value }: RawList): boolean => value.length === 0 || !value.every(isCharacter);

/** Compares two lists, or two maps with keys in any order. */
export const isEqual = (a: unknown, b: unknown): boolean => toComparable(a) === toComparable(b);

const toComparable = (value: unknown): string | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? JSON.stringify(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : JSON.stringify(value);
