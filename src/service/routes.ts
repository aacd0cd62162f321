import type { DialectRules } from './dialects/types.js';
import { type FieldConfig, selectFieldConfig } from './field-config.js';
import { createAuthHandlers, createPersonaHandlers, type RouteHandler } from './handlers/index.js';
import { jsonResponse } from './http.js';
import type { PersonaStore } from './store/types.js';
import type { TokenIssuer } from './tokens.js';

/** A route of the service: methods, path, required token, and handler. */
export interface Route {
  readonly methods: readonly string[];
  /** `{id}` matches digits. `{category}` matches a category that has an endpoint. */
  readonly path: string;
  /** The type of token that a request needs if the service has authentication. */
  readonly requiredToken: 'none' | 'access' | 'refresh';
  readonly handler: RouteHandler;
}

interface RouteDeps {
  readonly rules: DialectRules;
  readonly store: PersonaStore;
  readonly fieldConfig: FieldConfig;
  /** `undefined` turns off authentication and its routes. */
  readonly tokenIssuer: TokenIssuer | undefined;
}

/** Creates all routes of the service. There is no `/api/v1/schema`, because no released service has it. */
export function createRoutes({ rules, store, fieldConfig, tokenIssuer }: RouteDeps): readonly Route[] {
  const personaHandlers = createPersonaHandlers(store, rules);
  const defineRoute = (
    methods: readonly string[],
    path: string,
    handler: RouteHandler,
    requiredToken: Route['requiredToken'] = 'access',
  ): Route => ({ methods, path, handler, requiredToken });

  const routes = [
    defineRoute(['GET'], '/health', () => jsonResponse(200, rules.health), 'none'),
    defineRoute(['GET'], '/api/v1/personas', personaHandlers.list),
    defineRoute(['POST'], '/api/v1/personas', personaHandlers.create),
    defineRoute(['GET'], '/api/v1/personas/{id}', personaHandlers.get),
    defineRoute(rules.updateMethods, '/api/v1/personas/{id}', personaHandlers.update),
    defineRoute(['DELETE'], '/api/v1/personas/{id}', personaHandlers.remove),
    defineRoute(['GET'], rules.categoryPath, personaHandlers.getCategory),
    defineRoute(rules.updateMethods, rules.categoryPath, personaHandlers.updateCategory),
  ];
  if (rules.dialect === 'attributes') {
    const getFieldConfig: RouteHandler = ({ query }) =>
      jsonResponse(200, selectFieldConfig(fieldConfig, query.get('category'), query.get('field')));
    routes.push(defineRoute(['GET'], '/api/v1/field-config', getFieldConfig));
  }
  if (tokenIssuer !== undefined) {
    const authHandlers = createAuthHandlers(tokenIssuer, rules.errors);
    routes.push(
      defineRoute(['POST'], '/api/v1/auth/login', authHandlers.login, 'none'),
      defineRoute(['POST'], '/api/v1/auth/refresh', authHandlers.refresh, 'refresh'),
      defineRoute(['POST'], '/api/v1/auth/logout', authHandlers.logout),
    );
  }
  return routes;
}
