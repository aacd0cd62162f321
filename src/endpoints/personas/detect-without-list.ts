import type { ZodMiniType } from 'zod/mini';
import type { Dialect } from '../../core/dialect.js';
import type { Endpoint } from '../../pipeline/endpoint.js';
import type { DetectWithoutList } from '../../pipeline/sub-calls.js';

/**
 * Detects the dialect from a response with the persona of the call, otherwise from routes that only one dialect has.
 *
 * Imports nothing, so that the bundler keeps this file in a separate chunk.
 */
export const detectWithoutList: DetectWithoutList = async (listError, call, context) => {
  const { personaId } = call;
  const { listProbe, previousDialect, findNewDialect, run } = context;
  /** Sends a request to the route, and returns whether the route exists. The response also updates the service profile. */
  const routeExists = (route: string): Promise<boolean> => {
    const { name, inputSchema } = listProbe;
    const probe: Endpoint<object, object, void> = {
      name,
      internal: true,
      inputSchema,
      route: { method: 'GET', path: () => route },
      responseSchema: inputSchema as ZodMiniType<object, unknown>, // any object
      ...(personaId !== undefined && { personaId: () => personaId }),
      transform: () => {},
    };
    return run(probe, {}, { retry: false }).then(
      () => true,
      (error: { code?: string }) => error.code === 'not_found', // only an existing route reports a missing persona
    );
  };

  if (!findNewDialect() && !isListProblem(Object(listError))) throw listError;
  if (!findNewDialect() && personaId !== undefined) await routeExists(`/personas/${personaId}`);
  for (const dialect of ['subresource', 'attributes'] as const) {
    const route = dialect === previousDialect ? undefined : findRoute(dialect, call.name, personaId);
    if (!findNewDialect() && route !== undefined && (await routeExists(route))) return dialect;
  }
  const dialect = findNewDialect();
  if (dialect === undefined) throw listError;
  return dialect;
};

/**
 * Whether the service responded, but not with a list: forbidden, a missing route, HTML, or a row that it cannot send.
 *
 * If the cause is an error of another request, such as a login, the list was not requested.
 */
const isListProblem = ({
  code,
  status,
  cause,
}: {
  code?: string;
  status?: number;
  cause?: unknown;
}): boolean =>
  Object(cause).attempts === undefined &&
  (status === 500 ||
    ['forbidden', 'route_not_found', 'rejected_input', 'invalid_response', 'unexpected_status'].includes(
      code ?? '',
    ));

/** Returns a route that only this dialect has. `attributes` has none for demographic. */
function findRoute(dialect: Dialect, operation: string, personaId: number | undefined): string | undefined {
  if (personaId === undefined) return dialect === 'attributes' ? '/field-config' : undefined;
  const category = /^\w+graphic|^behavioral|^contextual/.exec(operation)?.[0] ?? 'psychographic';
  if (dialect === 'subresource') return `/personas/${personaId}/${category}`;
  return `/personas/${personaId}/attributes/${category === 'demographic' ? 'psychographic' : category}`;
}
