import type { DefinedAttributes } from '../../config/define-attributes.js';
import type { ServiceProfile } from '../../core/service-profile.js';
import { defaultFieldConfig } from '../../schemas/default-field-config.js';
import type { FieldConfig } from '../../schemas/field-config.js';
import { CONFIGURABLE_CATEGORIES } from './wire-data.js';

/** Where to look for default fields that a caller or a deployment has redefined. */
export interface FieldDefinitionSources {
  /** The client option `attributes`. */
  readonly attributes: DefinedAttributes | undefined;
  readonly profile: Pick<ServiceProfile, 'fieldConfig'>;
}

/**
 * Creates a function that returns whether a default field has another type here. The client option `attributes` or the known
 * field config can redefine it. Looks at each field once, because many rows can have the same invalid field.
 */
export function createRedefinitionCheck(
  sources: FieldDefinitionSources,
): (category: string, field: string) => Promise<boolean> {
  const results = new Map<string, Promise<boolean>>();
  return (category, field) => {
    const key = `${category}.${field}`;
    const result = results.get(key) ?? isRedefined(sources, category, field);
    results.set(key, result);
    return result;
  };
}

async function isRedefined(
  { attributes, profile: { fieldConfig } }: FieldDefinitionSources,
  categoryName: string,
  field: string,
): Promise<boolean> {
  const category = CONFIGURABLE_CATEGORIES.find((name) => name === categoryName);
  if (!category) return false;
  const findType = (config: FieldConfig | undefined) =>
    config?.[category]?.fields.find(({ name }) => name === field)?.type;
  const configuredType = findType(fieldConfig);
  if (configuredType !== undefined && configuredType !== findType(defaultFieldConfig())) return true;
  if (!attributes) return false;
  // A schema that defines the field rejects a symbol.
  const values = { [field]: Symbol('no JSON value') };
  const issues = await attributes.findIssues({ category, values, path: [] }, false);
  return issues.some(({ path }) => path[0] === field);
}
