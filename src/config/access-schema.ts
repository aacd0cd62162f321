import * as z from 'zod/mini';
import { CATEGORIES, DEMOGRAPHIC_FIELD_TYPES } from '../schemas/categories.js';
import { boolean, partialObject } from '../schemas/validators.js';
import { matchesPattern } from './access-options.js';

const stringArray = (isValid: (value: string) => boolean, message: string) =>
  z.array(z.custom<string>((value) => typeof value === 'string' && isValid(value), message));

/** Validates `AccessOptions`. */
export function accessSchema(operations: readonly string[]) {
  const patterns = stringArray(
    (pattern) => /^[^.]+\.[^.]+$/.test(pattern) && operations.some((name) => matchesPattern(pattern, name)),
    `must be one of ${operations.join(', ')}, or a pattern such as personas.* or *.update`,
  );
  const categoryAccess = z.literal(['none', 'read', 'write']);
  return partialObject({
    readOnly: boolean(),
    allow: patterns,
    deny: patterns,
    categories: partialObject(Object.fromEntries(CATEGORIES.map((category) => [category, categoryAccess]))),
  });
}

const REDACTABLE = /^(?:name|demographic|(?:psychographic|behavioral|contextual)(?:\..+)?)$/s;

/** Validates the `redact` option. Rejects misspelled demographic fields, because their data would stay visible. */
export const redactSchema = () =>
  stringArray((path) => {
    const field = /^demographic\.(.*)$/.exec(path)?.[1];
    return field === undefined
      ? REDACTABLE.test(path)
      : field === 'geolocation' || Object.hasOwn(DEMOGRAPHIC_FIELD_TYPES, field);
  }, 'must be name, a category, or a field of a category such as demographic.age');
