import * as z from 'zod/mini';
import type { RequestOptions } from '../config/request-options.js';
import { loadChunk } from '../core/lazy-import.js';
import type { Run } from '../pipeline/endpoint.js';
import { defineEndpoint, type EndpointDefinition } from './define-endpoint.js';

/** The JSON Schema of a persona, and where the schema comes from. */
export interface PersonaSchema {
  /** `service`: the service returned it. `composed`: the client built it from the field config. */
  readonly source: 'service' | 'composed';
  /** The JSON Schema. Composed schemas use draft 2020-12. */
  readonly schema: Record<string, unknown>;
}

export const getSchema = defineEndpoint(
  'schema.get',
  (): EndpointDefinition<object, Record<string, unknown>, PersonaSchema> => ({
    inputSchema: z.object({}),
    route: { method: 'GET', path: () => '/schema' },
    responseSchema: z.looseObject({}),
    transform: (schema) => ({ source: 'service', schema }),
    recover: async (error, run) => {
      if (error.code !== 'route_not_found') throw error;
      const { composePersonaSchema } = await loadChunk('schema.get', import('./compose-schema.js'));
      return { source: 'composed', schema: await composePersonaSchema(run) };
    },
  }),
);

/** The JSON Schema of personas: `client.schema`. */
export class Schemas {
  readonly #run: Run;
  /** @internal */
  constructor(run: Run) {
    this.#run = run;
  }

  /**
   * Returns the JSON Schema of a persona.
   *
   * The integration guide documents a route for the schema, but released services lack this route. For these services,
   * the client composes the schema from the field config. It contains the rules of the service's dialect: only
   * `subresource` limits the name and the age, and only `attributes` limits a field to its options.
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
