import type { RequestOptions } from '../config/request-options.js';
import type { Dialect } from '../core/dialect.js';
import { loadChunk } from '../core/lazy-import.js';
import type { Endpoint, Run } from '../pipeline/endpoint.js';
import { objectWith, openObject } from '../schemas/objects.js';
import { once } from '../schemas/once.js';
import { defineEndpoint, type EndpointDefinition } from './define-endpoint.js';
import { getFieldConfigInternally } from './field-config.js';

/** The JSON Schema of a persona, and where the schema comes from. */
export interface PersonaSchema {
  /** `service`: the service returned it. `composed`: the client built it from the field config. */
  readonly source: 'service' | 'composed';
  /** The JSON Schema. Composed schemas use draft 2020-12. */
  readonly schema: Record<string, unknown>;
}

/** Detects the dialect, without a request if it is known. */
const getDialect = once((): Endpoint<object, Dialect, Dialect> => {
  const route = (dialect: Dialect) =>
    ({ method: 'GET', path: () => '', builtIn: async () => dialect }) as const;
  return {
    name: 'schema.get',
    internal: true,
    inputSchema: objectWith({}),
    route: { subresource: route('subresource'), attributes: route('attributes') },
    responseSchema: undefined,
    transform: (dialect) => dialect,
  };
});

export const getSchema = defineEndpoint(
  'schema.get',
  (): EndpointDefinition<object, Record<string, unknown>, PersonaSchema> => ({
    inputSchema: objectWith({}),
    route: { method: 'GET', path: () => '/schema' },
    responseSchema: openObject({}),
    transform: (schema) => ({ source: 'service', schema }),
    recover: async (error, run) => {
      if (error.code !== 'route_not_found') throw error;
      const { composeSchema } = await loadChunk('schema.get', import('../schemas/json-schema.js'));
      const dialect = await run(getDialect(), {});
      return {
        source: 'composed',
        schema: composeSchema(dialect, await run(getFieldConfigInternally(), {})),
      };
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
