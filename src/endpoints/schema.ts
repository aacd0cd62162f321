import * as z from 'zod/mini';
import type { RequestOptions } from '../config/options.js';
import { loadChunk } from '../core/lazy-import.js';
import type { Endpoint, Run } from '../pipeline/endpoint.js';
import { once } from '../schemas/rules.js';
import { askFieldConfig } from './field-config.js';

/** A JSON Schema of personas, and where it comes from. */
export interface PersonaSchema {
  /** `service`: the service's own answer. `composed`: put together here from the known types and the field-config, since the service has none. */
  readonly source: 'service' | 'composed';
  /** Composed ones are of draft 2020-12. */
  readonly schema: Record<string, unknown>;
}

const getSchema: () => Endpoint<object, Record<string, unknown>, PersonaSchema> = once(() => ({
  name: 'schema.get',
  input: z.object({}),
  route: { method: 'GET', path: () => '/schema' },
  responseSchema: z.looseObject({}),
  transform: (schema) => ({ source: 'service', schema }),
  recover: async (error, run) => {
    if (error.code !== 'route_not_found') throw error;
    const { composeSchema } = await loadChunk('schema.get', import('../schemas/json-schema.js'));
    return { source: 'composed', schema: composeSchema(await run(askFieldConfig(), {})) };
  },
}));

/** What a persona looks like: `client.schema`. */
export class Schemas {
  readonly #run: Run;
  /** @internal */
  constructor(run: Run) {
    this.#run = run;
  }

  /**
   * The JSON Schema of a persona. The guide names a route for it that no released service has (wire contract):
   * the service is asked, and where it has none the schema is composed from field-config.
   *
   * @example
   * ```ts
   * const { source, schema } = await client.schema.get();
   * ```
   */
  get(options?: RequestOptions<PersonaSchema>): Promise<PersonaSchema> {
    return this.#run(getSchema(), {}, options);
  }
}
