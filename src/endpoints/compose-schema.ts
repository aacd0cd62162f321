import * as z from 'zod/mini';
import type { Dialect } from '../core/dialect.js';
import type { Endpoint, Run } from '../pipeline/endpoint.js';
import { composeSchema } from '../schemas/json-schema.js';
import { getFieldConfigInternally } from './field-config.js';

/** Detects the dialect, without a request if it is known. */
const getDialect: Endpoint<object, undefined, Dialect> = {
  name: 'schema.get',
  internal: true,
  inputSchema: z.object({}),
  route: {
    subresource: { method: 'GET', path: () => '', builtIn: async () => 'subresource' },
    attributes: { method: 'GET', path: () => '', builtIn: async () => 'attributes' },
  },
  responseSchema: undefined,
  transform: (dialect) => dialect as unknown as Dialect,
};

/** Composes the JSON Schema of a persona by the rules of the service. */
export const composePersonaSchema = async (run: Run): Promise<Record<string, unknown>> =>
  composeSchema(await run(getDialect, {}), await run(getFieldConfigInternally(), {}));
