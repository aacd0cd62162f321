/*
 * What the repair knows about data: copies of what other modules define. If this chunk shared a module with the first
 * load, a bundler would move the module into a separate file. That would make the first load larger.
 */

/** The maximum number of invalid fields of a persona that a result lists, and of events per response. */
export const MAX_REPORTED_FIELDS = 20;

/** The names of `CATEGORIES` whose fields a deployment can configure. */
export const CONFIGURABLE_CATEGORIES = ['psychographic', 'behavioral', 'contextual'] as const;

/** The names of `CATEGORIES`. */
export const CATEGORY_NAMES: readonly string[] = ['demographic', ...CONFIGURABLE_CATEGORIES];

/** The fields without which a persona is unusable. */
export const REQUIRED_FIELDS: readonly string[] = ['id', 'name', 'created_at', 'updated_at'];

/** Whether a value that `JSON.parse` returned is an object. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
