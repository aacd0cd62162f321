import type { DialectRules } from './dialects/types.js';
import { jsonAnswer } from './exchange.js';
import { type FieldConfig, selectFieldConfig } from './field-config.js';
import { authHandlers } from './handlers/auth.js';
import { personaHandlers } from './handlers/personas.js';
import type { Handler } from './handlers/types.js';
import type { PersonaStore } from './store/types.js';
import type { Tokens } from './tokens.js';

/** One line of the wire contract's tables of endpoints. */
export interface Route {
  readonly methods: readonly string[];
  /** `{id}` stands for digits, `{category}` for a category that has an endpoint. */
  readonly path: string;
  /** The token asked for when the service has authentication. */
  readonly token: 'none' | 'access' | 'refresh';
  readonly handler: Handler;
}

interface Parts {
  readonly rules: DialectRules;
  readonly store: PersonaStore;
  readonly fieldConfig: FieldConfig;
  /** Absent: a service without authentication, which has no `/auth/*`. */
  readonly tokens: Tokens | undefined;
}

/** Every endpoint of the service. There is no `/api/v1/schema`: no released service has it (wire contract). */
export function routesOf({ rules, store, fieldConfig, tokens }: Parts): readonly Route[] {
  const personas = personaHandlers(store, rules);
  const route = (
    methods: readonly string[],
    path: string,
    handler: Handler,
    token: Route['token'] = 'access',
  ): Route => ({ methods, path, handler, token });

  const routes = [
    route(['GET'], '/health', () => jsonAnswer(200, rules.health), 'none'),
    route(['GET'], '/api/v1/personas', personas.list),
    route(['POST'], '/api/v1/personas', personas.create),
    route(['GET'], '/api/v1/personas/{id}', personas.get),
    route(rules.updateMethods, '/api/v1/personas/{id}', personas.update),
    route(['DELETE'], '/api/v1/personas/{id}', personas.remove),
    route(['GET'], rules.categoryPath, personas.getCategory),
    route(rules.updateMethods, rules.categoryPath, personas.updateCategory),
  ];
  if (rules.dialect === 'attributes') {
    const select: Handler = ({ query }) =>
      jsonAnswer(200, selectFieldConfig(fieldConfig, query.get('category'), query.get('field')));
    routes.push(route(['GET'], '/api/v1/field-config', select));
  }
  if (tokens !== undefined) {
    const auth = authHandlers(tokens, rules.errors);
    routes.push(
      route(['POST'], '/api/v1/auth/login', auth.login, 'none'),
      route(['POST'], '/api/v1/auth/refresh', auth.refresh, 'refresh'),
      route(['POST'], '/api/v1/auth/logout', auth.logout),
    );
  }
  return routes;
}
