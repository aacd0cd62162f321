import * as z from 'zod/mini';
import { FIELD_CONFIG } from '../cache/tags.js';
import type { RequestOptions } from '../config/request-options.js';
import { loadChunk } from '../core/lazy-import.js';
import type { Endpoint, Run } from '../pipeline/endpoint.js';
import { CATEGORIES } from '../schemas/categories.js';
import { type FieldConfig, fieldConfigSchema } from '../schemas/field-config.js';
import { partialObject } from '../schemas/objects.js';
import { once } from '../schemas/once.js';
import { suggestName, unknownNameMessage } from '../schemas/suggest-name.js';
import { anyString, refine } from '../schemas/validators.js';
import { type CachedReadDefinition, defineCachedRead } from './define-endpoint.js';

/** Accepts any name except a misspelled one, because a deployment can have other categories. */
const categorySchema = () =>
  z
    .string()
    .check(
      refine((name) =>
        CATEGORIES.some((category) => category === name) || !suggestName(name, CATEGORIES)
          ? []
          : [[[], unknownNameMessage(name, CATEGORIES)]],
      ),
    );

interface FieldConfigFilter {
  readonly category?: string | undefined;
  readonly field?: string | undefined;
}

const loadDefaultFieldConfig = async () => {
  const chunk = import('../schemas/default-field-config.js');
  return (await loadChunk('fieldConfig.get', chunk)).defaultFieldConfig();
};

/** Requests the whole config and filters the response, so that all filters share one cache entry. */
export const getFieldConfig = defineCachedRead(
  'fieldConfig.get',
  (): CachedReadDefinition<FieldConfigFilter, FieldConfig, FieldConfig> => ({
    inputSchema: partialObject({ category: categorySchema, field: anyString }),
    route: {
      subresource: { method: 'GET', path: () => '/field-config', builtIn: loadDefaultFieldConfig },
      attributes: { method: 'GET', path: () => '/field-config' },
    },
    responseSchema: fieldConfigSchema(),
    cacheTags: () => [FIELD_CONFIG],
    updatesProfile: (profile, config) => profile.setFieldConfig(config),
    transform: (config, { category, field }) =>
      Object.fromEntries(
        Object.entries(config)
          .filter(([key]) => category === undefined || key === category)
          .map(([key, entry]) => [
            key,
            field === undefined
              ? entry
              : { ...entry, fields: entry.fields.filter(({ name }) => name === field) },
          ]),
      ),
  }),
);

/** `getFieldConfig` for requests that the client itself needs. Access policy and redaction do not apply. */
export const getFieldConfigInternally: () => Endpoint<FieldConfigFilter, FieldConfig, FieldConfig> = once(
  () => ({ ...getFieldConfig(), internal: true }),
);

/** The configured fields of the service, by category: `client.fieldConfig`. */
export class FieldConfigs {
  private readonly run: Run;
  /** @internal */
  constructor(run: Run) {
    this.run = run;
  }

  /**
   * Returns the configured fields by category. A filter removes the other categories or fields from the result.
   *
   * Services of the `subresource` dialect have no field config, so the client returns the default fields. If it has detected
   * this dialect, it first checks with one list request, at most every 10 seconds, whether the service has been upgraded.
   * See `docs/reference/services.md`.
   *
   * @param category returns only this category, or `{}` if the service does not have it.
   * @param field returns only fields with this name.
   * @throws {PersonaValidationError} for a misspelled category, before a request is sent.
   * @example
   * ```ts
   * const { contextual } = await client.fieldConfig.get('contextual', 'season');
   * console.log(contextual?.fields[0]?.options);
   * ```
   */
  get(category?: string, field?: string, options?: RequestOptions<FieldConfig>): Promise<FieldConfig> {
    return this.run(getFieldConfig(), { category, field }, options);
  }
}
