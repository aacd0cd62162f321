import * as z from 'zod/mini';
import { type AttributeCategory, CATEGORIES, DEMOGRAPHIC_FIELD_TYPES } from '../schemas/categories.js';
import { defaultFields } from '../schemas/category-schemas.js';
import { partialObject } from '../schemas/objects.js';
import { findMisspelled } from '../schemas/suggest-name.js';
import { boolean, refine } from '../schemas/validators.js';
import { matchesPattern } from './access-options.js';

const stringArray = (isValid: (value: string) => boolean, message: string) =>
  z.array(z.custom<string>((value) => typeof value === 'string' && isValid(value), message));

/** Validates `AccessOptions`. */
export function accessSchema(operations: readonly string[]) {
  const patterns = () =>
    stringArray(
      (pattern) =>
        operations.includes(pattern) ||
        (/^[^.]+\.[^.]+$/.test(pattern) && operations.some((name) => matchesPattern(pattern, name))),
      `must be one of ${operations.join(', ')}, or a pattern such as personas.* or *.update`,
    );
  const categoryAccess = () => z.literal(['none', 'read', 'write']);
  return partialObject({
    readOnly: boolean,
    allow: patterns,
    deny: patterns,
    categories: () =>
      partialObject(Object.fromEntries(CATEGORIES.map((category) => [category, categoryAccess]))),
  });
}

const ATTRIBUTE_PATH = /^(psychographic|behavioral|contextual)\.(.+)$/s;

const isRedactable = (path: string): boolean => {
  const field = /^demographic\.(.*)$/.exec(path)?.[1];
  if (field !== undefined) return field === 'geolocation' || Object.hasOwn(DEMOGRAPHIC_FIELD_TYPES, field);
  return path === 'name' || (CATEGORIES as readonly string[]).includes(path) || ATTRIBUTE_PATH.test(path);
};

/**
 * Validates the `redact` option. Rejects misspelled fields, because their data would stay visible. A custom field whose name
 * is similar to that of a default field is valid only together with that field.
 */
export const redactSchema = () =>
  stringArray(
    isRedactable,
    'must be name, a category, or a field of a category such as demographic.age',
  ).check(
    refine(function* (paths) {
      for (const [index, path] of paths.entries()) {
        const [, category, field = ''] = ATTRIBUTE_PATH.exec(path) ?? [];
        const similar = category && findMisspelled(field, defaultFields(category as AttributeCategory));
        if (similar && !paths.includes(`${category}.${similar}`))
          yield [
            [index],
            `is not a default field. Did you mean ${category}.${similar}? If both exist, redact both`,
          ];
      }
    }),
  );
