import type { DialectRules } from './dialects/types.js';
import { type FieldConfig, selectFieldConfig } from './field-config.js';
import {
  createAuthHandlers,
  createPersonaHandlers,
  type PathParams,
  type RouteHandler,
} from './handlers/index.js';
import { jsonResponse } from './http.js';
import type { PersonaStore } from './store/types.js';
import type { TokenIssuer } from './tokens.js';

/** A route of the service: methods, path, required token, and handler. */
export interface Route {
  readonly methods: readonly string[];
  /** `{id}` matches digits. `{category}` matches the names that have a route. */
  readonly path: string;
  /** The type of token that a request needs if the service has authentication. */
  readonly requiredToken: 'none' | 'access' | 'refresh';
  readonly handler: RouteHandler;
  /** What the handler does, for its error message. */
  describeAction?(params: PathParams): string;
}

interface RouteDeps {
  readonly rules: DialectRules;
  readonly store: PersonaStore;
  readonly fieldConfig: FieldConfig;
  /** `undefined` turns off authentication and its routes. */
  readonly tokenIssuer: TokenIssuer | undefined;
  readonly now: () => number;
}

/** Creates all routes of the service. There is no `/api/v1/schema`, because no released service has it. */
export function createRoutes({ rules, store, fieldConfig, tokenIssuer, now }: RouteDeps): readonly Route[] {
  const handlers = createPersonaHandlers(store, rules);
  const persona = (verb: string) => ({
    path: '/api/v1/personas/{id}',
    requiredToken: 'access' as const,
    describeAction: ({ id }: PathParams) => `${verb} persona with ID ${id}`,
  });
  const category = (verb: string) => ({
    path: rules.categoryPath,
    requiredToken: 'access' as const,
    describeAction: ({ id, category }: PathParams) => `${verb} ${category} data for persona with ID ${id}`,
  });
  const personas = (action: string) => ({
    path: '/api/v1/personas',
    requiredToken: 'access' as const,
    describeAction: () => action,
  });
  const routes: Route[] = [
    {
      path: '/health',
      methods: ['GET'],
      requiredToken: 'none',
      handler: () => jsonResponse(200, rules.health(now())),
    },
    { ...personas('retrieve personas'), methods: ['GET'], handler: handlers.list },
    { ...personas('create persona'), methods: ['POST'], handler: handlers.create },
    { ...persona('retrieve'), methods: ['GET'], handler: handlers.get },
    { ...persona('update'), methods: rules.updateMethods, handler: handlers.update },
    { ...persona('delete'), methods: ['DELETE'], handler: handlers.remove },
    { ...category('retrieve'), methods: ['GET'], handler: handlers.getCategory },
    { ...category('update'), methods: rules.updateMethods, handler: handlers.updateCategory },
  ];
  if (rules.hasFieldConfig) {
    const handler: RouteHandler = ({ query }) =>
      jsonResponse(200, selectFieldConfig(fieldConfig, query.get('category'), query.get('field')));
    routes.push({ path: '/api/v1/field-config', methods: ['GET'], requiredToken: 'access', handler });
  }
  if (tokenIssuer !== undefined) {
    const { login, refresh, logout } = createAuthHandlers(tokenIssuer, rules.errors);
    const methods = ['POST'];
    routes.push(
      { path: '/api/v1/auth/login', methods, requiredToken: 'none', handler: login },
      { path: '/api/v1/auth/refresh', methods, requiredToken: 'refresh', handler: refresh },
      { path: '/api/v1/auth/logout', methods, requiredToken: 'access', handler: logout },
    );
  }
  return routes;
}
