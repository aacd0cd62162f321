import { type DialectRules, HttpError } from './dialects/types.js';
import type { PathParams, RouteContext } from './handlers/index.js';
import { decodePath, HTML_TYPE, htmlErrorPage, type ServiceRequest, type ServiceResponse } from './http.js';
import { type JsonValue, parsePythonJson } from './json/parse.js';
import { toAsciiDigits } from './python.js';
import { mergeSlashes, redirectTo } from './redirect.js';
import type { Route } from './routes.js';
import type { TokenIssuer } from './tokens.js';

// Real services respond with 500 and these texts, because their handlers catch the 415 and 400 of the web framework.
const WRONG_CONTENT_TYPE_MESSAGE =
  "415 Unsupported Media Type: Did not attempt to load JSON data because the request Content-Type was not 'application/json'.";
const MALFORMED_JSON_MESSAGE =
  '400 Bad Request: The browser (or proxy) sent a request that this server could not understand.';

function parseJsonBody({ headers, body }: ServiceRequest): JsonValue {
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (!/^application\/(?:.*\+)?json$/.test(type)) throw new Error(WRONG_CONTENT_TYPE_MESSAGE);
  try {
    return parsePythonJson(body.text);
  } catch (error) {
    throw error instanceof SyntaxError ? new Error(MALFORMED_JSON_MESSAGE) : error;
  }
}

function compilePath(path: string, categories: readonly string[] | undefined): RegExp {
  const source = path
    .replaceAll('.', '\\.')
    .replace('{id}', '(?<id>\\p{Nd}+)')
    .replace('{category}', `(?<category>${categories?.join('|') ?? '[^/]+'})`);
  return new RegExp(`^${source}$`, 'u');
}

function allowedMethods(routes: readonly Route[]): string {
  const methods = new Set(routes.flatMap((route) => route.methods));
  if (methods.has('GET')) methods.add('HEAD');
  return [...methods.add('OPTIONS')].sort().join(', ');
}

const toParams = ({ id = '0', category = '' }: Record<string, string> = {}): PathParams => ({
  id: BigInt(toAsciiDigits(id)),
  category,
});

/**
 * Creates the function that routes a request to its handler.
 *
 * Like real services, it checks the path first, then the method, the token, and the size of the body.
 */
export function createRouter(
  routes: readonly Route[],
  rules: DialectRules,
  tokenIssuer: TokenIssuer | undefined,
): (request: ServiceRequest) => Promise<ServiceResponse> {
  const compiledRoutes = routes.map((route) => ({
    route,
    pattern: compilePath(route.path, rules.routedCategories),
  }));

  async function dispatch(request: ServiceRequest): Promise<ServiceResponse> {
    const decodedPath = decodePath(request.path);
    const path = mergeSlashes(decodedPath);
    const candidates = compiledRoutes.flatMap(({ route, pattern }) => {
      const pathMatch = pattern.exec(path);
      return pathMatch === null ? [] : [{ route, params: toParams(pathMatch.groups) }];
    });
    if (candidates.length === 0) return rules.errors.routeNotFound();

    const allow = allowedMethods(candidates.map(({ route }) => route));
    const isOptions = request.method === 'OPTIONS';
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const candidate = candidates.find(({ route }) => route.methods.includes(method));
    if (path !== decodedPath && (isOptions || candidate)) return redirectTo(path, request);
    if (isOptions) return { status: 200, headers: { allow, 'content-type': HTML_TYPE }, body: '' };
    if (candidate === undefined) {
      const page = htmlErrorPage(
        405,
        'Method Not Allowed',
        'The method is not allowed for the requested URL.',
      );
      return { ...page, headers: { ...page.headers, allow } };
    }

    const { route, params } = candidate;
    const context: RouteContext = {
      ...params,
      query: new URLSearchParams(request.query),
      json: () => parseJsonBody(request),
      ...(tokenIssuer !== undefined &&
        route.requiredToken !== 'none' && {
          claims: await tokenIssuer.verify(request.headers.authorization, route.requiredToken),
        }),
    };
    if (request.body.isTooLarge) {
      return htmlErrorPage(
        413,
        'Request Entity Too Large',
        'The data value transmitted exceeds the capacity limit.',
      );
    }
    try {
      return await route.handler(context);
    } catch (error) {
      if (error instanceof HttpError) throw error;
      return rules.errors.failure(error, route.describeAction?.(params));
    }
  }

  return async (request) => {
    try {
      return await dispatch(request);
    } catch (error) {
      return error instanceof HttpError ? error.response : rules.errors.failure(error, undefined);
    }
  };
}
