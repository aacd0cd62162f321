import type { StandardSchema } from '../../config/standard-schema.js';
import type { Endpoint } from '../../pipeline/endpoint.js';
import { checkRequest, decodeSegments } from './check-request.js';
import { findCategory, findOperation, findPersonaId } from './known-routes.js';
import type { AnyRequest, SharedCode } from './types.js';
import { validateResponse } from './validate-response.js';

type AnyEndpoint = Endpoint<object, unknown, unknown>;

/**
 * Creates the endpoint of one call from the caller's request.
 *
 * @param request a copy of the request, without the schema.
 * @throws {PersonaValidationError} if the request is invalid.
 * @throws {PersonaPermissionError} if the access policy denies the built-in operation with the same route.
 */
export function createEndpoint(
  request: AnyRequest,
  schema: StandardSchema | undefined,
  isAllowed: (operation: string) => boolean,
  shared: SharedCode,
): AnyEndpoint {
  const issues = checkRequest(request, schema, shared);
  if (issues.length > 0) throw shared.invalidInputError('request', issues);
  const { method = 'GET', path, query, body, cacheTags, invalidates } = request;
  const segments = decodeSegments(path);
  const operation = findOperation(method, segments);
  if (operation !== undefined && !isAllowed(operation))
    throw new shared.PersonaPermissionError(
      `request was denied by this client's access policy: the path belongs to ${operation}, which is not allowed. Nothing was sent.`,
    );
  const isRead = method === 'GET' || method === 'HEAD';
  const personaId = findPersonaId(segments);
  const tags = [
    ...((isRead ? cacheTags : invalidates) ?? []),
    ...(segments[0] === 'personas' ? ['lists'] : []),
    ...(personaId === undefined ? [] : [`persona:${personaId}`]),
  ];
  const category = findCategory(segments);
  return {
    name: 'request',
    inputSchema: ANY_SCHEMA,
    route: { method, path: () => encodePath(path) + encodeQuery(query), body: () => body },
    personaId: () => personaId,
    responseSchema: ANY_SCHEMA,
    // The response can contain data of any category.
    touchedFields: () => ['all categories'],
    visitData: (data, visit) => {
      if (category && isJsonObject(data)) visit(data, category);
      visitObjects(data, (object) => visit(object, 'unknown'));
    },
    ...(!isRead && { invalidates: () => tags }),
    ...(isRead && cacheTags && { cacheTags: () => tags }),
    transform: (data, _input, _run, call, { status = 200 }) =>
      schema === undefined ? data : validateResponse(schema, data, call, status, shared),
  };
}

/** Accepts any data. A zod schema would move code of this chunk into the first download of a page. */
const ANY_SCHEMA = {
  safeParse: (data: unknown) => ({ success: true, data }),
} as unknown as AnyEndpoint['inputSchema'];

const isJsonObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Calls `visit` for each object in JSON data. The depth is limited, because `decode` rejects deeper data. */
function visitObjects(data: unknown, visit: (object: object) => void): void {
  if (!isJsonObject(data)) return;
  if (!Array.isArray(data)) visit(data);
  for (const inner of Object.values(data)) visitObjects(inner, visit);
}

/** Encodes all characters that a URL cannot contain. Keeps the escapes of the caller. */
const encodePath = (path: string): string =>
  path.replace(/[^\w\-.~!$&'()*+,;=:@/%]+/g, (text) => encodeURIComponent(text));

function encodeQuery(query: AnyRequest['query'] = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    for (const item of Array.isArray(value) ? value : [value]) search.append(name, String(item));
  const text = search.toString();
  return text && `?${text}`;
}
