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

/** A route without its handler. */
export interface RouteDescription {
  /** The name of the client's operation. `{category}` stands for the category of the path. */
  readonly operation: string;
  readonly methods: readonly string[];
  /** `{id}` matches digits. `{category}` matches the names that have a route. */
  readonly path: string;
  /** The type of token that a request needs if the service has authentication. */
  readonly requiredToken: 'none' | 'access' | 'refresh';
  /** What the handler does, for its error message. */
  describeAction?(params: PathParams): string;
}

/** A route of the service: its description and its handler. */
export interface Route extends RouteDescription {
  readonly handler: RouteHandler;
}

/** Describes all routes of a kind of service. There is no `/api/v1/schema`, because no released service has it. */
export function describeRoutes({
  updateMethods,
  categoryPath,
  hasFieldConfig,
}: DialectRules): readonly RouteDescription[] {
  const persona = (verb: string) => ({
    path: '/api/v1/personas/{id}',
    requiredToken: 'access' as const,
    describeAction: ({ id }: PathParams) => `${verb} persona with ID ${id}`,
  });
  const category = (verb: string) => ({
    path: categoryPath,
    requiredToken: 'access' as const,
    describeAction: ({ id, category }: PathParams) => `${verb} ${category} data for persona with ID ${id}`,
  });
  const personas = (action: string) => ({
    path: '/api/v1/personas',
    requiredToken: 'access' as const,
    describeAction: () => action,
  });
  const auth = (action: string) => ({ path: `/api/v1/auth/${action}`, methods: ['POST'] });
  const routes: RouteDescription[] = [
    { operation: 'health.check', path: '/health', methods: ['GET'], requiredToken: 'none' },
    { operation: 'personas.list', ...personas('retrieve personas'), methods: ['GET'] },
    { operation: 'personas.create', ...personas('create persona'), methods: ['POST'] },
    { operation: 'personas.get', ...persona('retrieve'), methods: ['GET'] },
    { operation: 'personas.update', ...persona('update'), methods: updateMethods },
    { operation: 'personas.delete', ...persona('delete'), methods: ['DELETE'] },
    { operation: '{category}.get', ...category('retrieve'), methods: ['GET'] },
    { operation: '{category}.update', ...category('update'), methods: updateMethods },
    { operation: 'auth.login', ...auth('login'), requiredToken: 'none' },
    { operation: 'auth.refresh', ...auth('refresh'), requiredToken: 'refresh' },
    { operation: 'auth.logout', ...auth('logout'), requiredToken: 'access' },
  ];
  if (hasFieldConfig)
    routes.push({
      operation: 'fieldConfig.get',
      path: '/api/v1/field-config',
      methods: ['GET'],
      requiredToken: 'access',
    });
  return routes;
}

interface RouteDeps {
  readonly rules: DialectRules;
  readonly store: PersonaStore;
  readonly fieldConfig: FieldConfig;
  /** `undefined` turns off authentication and its routes. */
  readonly tokenIssuer: TokenIssuer | undefined;
  readonly now: () => number;
}

/** Creates all routes of a service. */
export function createRoutes({ rules, store, fieldConfig, tokenIssuer, now }: RouteDeps): readonly Route[] {
  const personas = createPersonaHandlers(store, rules);
  const auth = tokenIssuer && createAuthHandlers(tokenIssuer, rules.errors);
  const handlers: Readonly<Record<string, RouteHandler>> = {
    'health.check': () => jsonResponse(200, rules.health(now())),
    'personas.list': personas.list,
    'personas.create': personas.create,
    'personas.get': personas.get,
    'personas.update': personas.update,
    'personas.delete': personas.remove,
    '{category}.get': personas.getCategory,
    '{category}.update': personas.updateCategory,
    'fieldConfig.get': ({ query }) =>
      jsonResponse(200, selectFieldConfig(fieldConfig, query.get('category'), query.get('field'))),
    ...(auth && { 'auth.login': auth.login, 'auth.refresh': auth.refresh, 'auth.logout': auth.logout }),
  };
  return describeRoutes(rules).flatMap((route) => {
    const handler = handlers[route.operation];
    return handler === undefined ? [] : [{ ...route, handler }];
  });
}
