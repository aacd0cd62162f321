import * as z from 'zod/mini';
import type { RequestOptions } from '../config/options.js';
import { loadChunk } from '../core/lazy-import.js';
import type { Endpoint, Run } from '../pipeline/endpoint.js';
import { type FieldConfig, fieldConfig } from '../schemas/field-config.js';
import { once, optional } from '../schemas/rules.js';
import { FIELD_CONFIG } from './cache-tags.js';

interface Filter {
  readonly category?: string | undefined;
  readonly field?: string | undefined;
}

const builtIn = async () => {
  const loading = import('../schemas/built-in-fields.js');
  return (await loadChunk('fieldConfig.get', loading)).builtInFieldConfig();
};

/** Always asked for as a whole and filtered here: one answer to keep, and one shape whatever is asked for. */
const getFieldConfig: () => Endpoint<Filter, FieldConfig, FieldConfig> = once(() => ({
  name: 'fieldConfig.get',
  input: optional({ category: z.string(), field: z.string() }),
  route: {
    subresource: { method: 'GET', path: () => '/field-config', answer: builtIn },
    attributes: { method: 'GET', path: () => '/field-config' },
  },
  responseSchema: fieldConfig(),
  cacheTags: () => [FIELD_CONFIG],
  updatesProfile: (profile, config) => profile.configure(config),
  transform: (config, { category, field }) =>
    Object.fromEntries(
      Object.entries(config)
        .filter(([name]) => category === undefined || name === category)
        .map(([name, one]) => [
          name,
          field === undefined ? one : { ...one, fields: one.fields.filter((its) => its.name === field) },
        ]),
    ),
}));

/** As a part of another call. */
export const askFieldConfig = once(() => ({ ...getFieldConfig(), internal: true }) as const);

/** The fields that this profile knows: `client.fieldConfig`. */
export class FieldConfigs {
  readonly #run: Run;
  /** @internal */
  constructor(run: Run) {
    this.#run = run;
  }

  /**
   * The configurable fields by category, whole or filtered; always in the shape of all categories.
   * Where the service has no field-config (dialect `subresource`), the fields known out of the box (wire contract).
   *
   * @param category only this one; an unknown one gives `{}`.
   * @param field only this field of it.
   * @example
   * ```ts
   * const { contextual } = await client.fieldConfig.get('contextual', 'season');
   * console.log(contextual?.fields[0]?.options);
   * ```
   */
  get(category?: string, field?: string, options?: RequestOptions<FieldConfig>): Promise<FieldConfig> {
    return this.#run(getFieldConfig(), { category, field }, options);
  }
}
