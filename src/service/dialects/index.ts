/** The two dialects of deployed services: routes, validation, and formats of bodies. */
import type { FieldConfig } from '../field-config.js';
import { createAttributesRules } from './attributes/index.js';
import { SUBRESOURCE_RULES } from './subresource/index.js';
import type { Dialect, DialectRules } from './types.js';

/**
 * Creates the rules of a dialect. Only `attributes` uses the field configuration.
 *
 * @throws {TypeError} if the dialect is unknown.
 */
export function createDialectRules(dialect: Dialect, fieldConfig: FieldConfig): DialectRules {
  switch (dialect) {
    case 'subresource':
      return SUBRESOURCE_RULES;
    case 'attributes':
      return createAttributesRules(fieldConfig);
    default:
      throw new TypeError(`Unknown dialect ${dialect}. Use 'subresource' or 'attributes'`);
  }
}
