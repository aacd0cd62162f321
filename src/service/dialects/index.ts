/** The kinds of deployed services: routes, validation, and formats of bodies. */
import type { FieldConfig } from '../field-config.js';
import { createAttributesRules, createInBetweenRules } from './attributes/index.js';
import { createSubresourceRules } from './subresource/index.js';
import type { Dialect, DialectRules } from './types.js';

/**
 * Creates the rules of a dialect. Only `attributes` and `in-between` use the field configuration.
 *
 * @throws {TypeError} if the dialect is unknown, or `published` is set for another dialect than `subresource`.
 */
export function createDialectRules(
  dialect: Dialect,
  fieldConfig: FieldConfig,
  published: boolean,
): DialectRules {
  if (published && dialect !== 'subresource')
    throw new TypeError(`The option published needs the dialect 'subresource', not '${dialect}'`);
  switch (dialect) {
    case 'subresource':
      return createSubresourceRules(published);
    case 'attributes':
      return createAttributesRules(fieldConfig);
    case 'in-between':
      return createInBetweenRules(fieldConfig);
    default:
      throw new TypeError(`Unknown dialect ${dialect}. Use 'subresource', 'attributes' or 'in-between'`);
  }
}
