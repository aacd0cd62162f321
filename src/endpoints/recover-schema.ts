import type { Dialect } from '../core/dialect.js';
import type { Endpoint, Run } from '../pipeline/endpoint.js';
import type { FieldConfig } from '../schemas/field-config.js';
import { composeSchema } from '../schemas/json-schema.js';
import type { objectWith } from '../schemas/objects.js';

/** Functions of the client, which the chunk must not import. */
interface ClientCode {
  readonly objectWith: typeof objectWith;
  readonly getFieldConfigInternally: () => Endpoint<object, FieldConfig, FieldConfig>;
}

/** Composes the JSON Schema for a service without a route for it. */
export async function recoverSchema(run: Run, { objectWith, getFieldConfigInternally }: ClientCode) {
  const route = (dialect: Dialect) =>
    ({ method: 'GET', path: () => '', builtIn: async () => dialect }) as const;
  /** Detects the dialect, without a request if it is known. */
  const getDialect: Endpoint<object, Dialect, Dialect> = {
    name: 'schema.get',
    internal: true,
    inputSchema: objectWith({}),
    route: { subresource: route('subresource'), attributes: route('attributes') },
    responseSchema: undefined,
    transform: (dialect) => dialect,
  };
  const dialect = await run(getDialect, {});
  const schema = composeSchema(dialect, await run(getFieldConfigInternally(), {}));
  return { source: 'composed', schema } as const;
}
