import { type DialectRules, Refusal } from './dialects/types.js';
import { type Answer, htmlAnswer, type Received } from './exchange.js';
import type { Call } from './handlers/types.js';
import type { Route } from './routes.js';
import type { Tokens } from './tokens.js';

/** The framework wraps its own 415 and 400 in the handler's 500 (wire contract). */
const NOT_JSON_TYPE =
  "415 Unsupported Media Type: Did not attempt to load JSON data because the request Content-Type was not 'application/json'.";
const NOT_JSON =
  '400 Bad Request: The browser (or proxy) sent a request that this server could not understand.';

function parsedBody({ headers, body }: Received): unknown {
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (!/^application\/(?:.+\+)?json$/.test(type)) throw new Error(NOT_JSON_TYPE);
  try {
    return JSON.parse(body.text);
  } catch {
    throw new Error(NOT_JSON);
  }
}

function patternOf(path: string, categories: readonly string[]): RegExp {
  const source = path
    .replace('{id}', '(?<id>\\d+)')
    .replace('{category}', `(?<category>${categories.join('|')})`);
  return new RegExp(`^${source}$`);
}

function methodsOf(routes: readonly Route[]): string {
  const methods = new Set(routes.flatMap((route) => route.methods));
  if (methods.has('GET')) methods.add('HEAD');
  return [...methods.add('OPTIONS')].sort().join(', ');
}

/** Finds the route of a request and runs its handler: path, then method, then token, then body. */
export function createRouter(routes: readonly Route[], rules: DialectRules, tokens: Tokens | undefined) {
  const compiled = routes.map((route) => ({
    route,
    pattern: patternOf(route.path, rules.endpointCategories),
  }));

  async function routed(received: Received): Promise<Answer> {
    const onPath = compiled.flatMap(({ route, pattern }) => {
      const match = pattern.exec(received.path);
      return match === null ? [] : [{ route, params: match.groups ?? {} }];
    });
    if (onPath.length === 0) return rules.errors.routeMissing();

    const allow = methodsOf(onPath.map(({ route }) => route));
    if (received.method === 'OPTIONS') return { status: 200, headers: { allow }, body: '' };
    const method = received.method === 'HEAD' ? 'GET' : received.method;
    const chosen = onPath.find(({ route }) => route.methods.includes(method));
    if (chosen === undefined) {
      const page = htmlAnswer(405, 'Method Not Allowed', 'The method is not allowed for the requested URL.');
      return { ...page, headers: { ...page.headers, allow } };
    }

    const { route, params } = chosen;
    const call: Call = {
      params,
      query: new URLSearchParams(received.query),
      json: () => parsedBody(received),
      ...(tokens !== undefined &&
        route.token !== 'none' && {
          claims: await tokens.verify(received.headers.authorization, route.token),
        }),
    };
    if (received.body.tooLarge) {
      return htmlAnswer(
        413,
        'Request Entity Too Large',
        'The data value transmitted exceeds the capacity limit.',
      );
    }
    return route.handler(call);
  }

  /** Any failure inside a handler is a 500 with its message (wire contract). */
  return async (received: Received): Promise<Answer> => {
    try {
      return await routed(received);
    } catch (error) {
      if (error instanceof Refusal) return error.answer;
      return rules.errors.error(500, error instanceof Error ? error.message : String(error));
    }
  };
}
