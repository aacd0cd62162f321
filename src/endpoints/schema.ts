import type { RequestOptions } from '../config/request-options.js';
import { loadChunk } from '../core/lazy-import.js';
import type { Run } from '../pipeline/endpoint.js';
import { objectWith, openObject } from '../schemas/objects.js';
import { defineEndpoint, type EndpointDefinition } from './define-endpoint.js';
import { getFieldConfigInternally } from './field-config.js';

/** The JSON Schema of a persona, and where the schema comes from. */
export interface PersonaSchema {
  /** `service`: the service returned it. `composed`: the client built it from the field config. */
  readonly source: 'service' | 'composed';
  /** The JSON Schema. Composed schemas use draft 2020-12. */
  readonly schema: Record<string, unknown>;
}

/**
 * Whether a page or a worker of a page runs this. A browser asks the service first whether it may send the request. A service
 * without the route rejects that with 404, and the page sees only a failed connection.
 */
const isPage = (): boolean => (globalThis as { location?: unknown }).location !== undefined;

export const getSchema = defineEndpoint(
  'schema.get',
  (): EndpointDefinition<object, Record<string, unknown>, PersonaSchema> => ({
    inputSchema: objectWith({}),
    route: { method: 'GET', path: () => '/schema' },
    responseSchema: openObject({}),
    transform: (schema) => ({ source: 'service', schema }),
    ...(isPage() && { skipLayers: ['breaker'], retriesOnlyIfAsked: true }),
    recover: async (error, run) => {
      if (error.code !== 'route_not_found' && !(isPage() && error.code === 'connection_failed')) throw error;
      const { recoverSchema } = await loadChunk('schema.get', import('./recover-schema.js'));
      return recoverSchema(run, { objectWith, getFieldConfigInternally });
    },
  }),
);

/** The JSON Schema of personas: `client.schema`. */
export class Schemas {
  private readonly run: Run;
  /** @internal */
  constructor(run: Run) {
    this.run = run;
  }

  /**
   * Returns the JSON Schema of a persona.
   *
   * The integration guide documents a route for the schema, but released services lack this route. For these services,
   * the client composes the schema from the field config. It contains the rules of the service's dialect. Only `subresource`
   * limits the name and the age. Only `attributes` limits a field to its options.
   *
   * @example
   * ```ts
   * const { source, schema } = await client.schema.get();
   * ```
   */
  get(options?: RequestOptions<PersonaSchema>): Promise<PersonaSchema> {
    return this.run(getSchema(), {}, options);
  }
}
