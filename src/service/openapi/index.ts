/** The OpenAPI document of a kind of service, generated from its routes, its fields, and the JSON Schema of a persona. */

import { once } from '../../schemas/once.js';
import type { DialectRules } from '../dialects/types.js';
import { ATTRIBUTE_CATEGORIES, DEFAULT_FIELD_CONFIG, type FieldConfig } from '../field-config.js';
import { describeRoutes, type Route, type RouteDescription } from '../routes.js';
import {
  describeCategoryOperations,
  describeOperations,
  ERROR_STATUSES,
  ID_PARAMETER,
  type OperationDescription,
} from './operations.js';
import { composeSchemas, refer, type SchemaObject, toSchemaName } from './schemas.js';

interface OpenApiOptions {
  readonly rules: DialectRules;
  /** Only services with a field configuration have other fields than the default ones. */
  readonly fieldConfig: FieldConfig;
  /** The address of the service. By default, the service that returned the document. */
  readonly serverUrl?: string;
}

/** Creates the route of the document. */
export function createOpenApiRoute(options: OpenApiOptions): Route {
  const body = once(() => `${JSON.stringify(composeOpenApi(options))}\n`);
  return {
    operation: 'openapi.get',
    methods: ['GET'],
    path: '/openapi.json',
    requiredToken: 'none',
    handler: () => ({ status: 200, headers: { 'content-type': 'application/json' }, body: body() }),
  };
}

/** An operation of the document, with its path and method. */
interface PlacedOperation {
  readonly path: string;
  readonly method: string;
  readonly operation: SchemaObject;
}

/** Composes the OpenAPI 3.1 document. The same options give the same document. */
export function composeOpenApi({ rules, fieldConfig, serverUrl }: OpenApiOptions): SchemaObject {
  const isAttributes = rules.hasFieldConfig;
  const kind = isAttributes ? 'attributes' : 'subresource';
  const paths: Record<string, Record<string, SchemaObject>> = {};
  for (const { path, method, operation } of describeRoutes(rules).flatMap((route) =>
    placeRoute(route, rules),
  ))
    paths[path] = { ...(paths[path] ?? pathItem(path)), [method]: operation };
  return {
    openapi: '3.1.1',
    info: {
      title: `Persona Service (${kind})`,
      version: 'v1',
      description: `The API of Persona Services of the kind \`${kind}\`. Operation ids are the names of methods in the package persona-client. A service without authentication ignores tokens, and lacks the routes below \`/api/v1/auth\`. A proxy in front of the service may respond with other statuses, such as 413, 429, 502, 503 or 504, without JSON.`,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    ...(serverUrl !== undefined && { servers: [{ url: serverUrl }] }),
    security: [{ accessToken: [] }, {}],
    paths,
    components: {
      securitySchemes: {
        accessToken: bearerScheme('An access token, from a login or a refresh.'),
        refreshToken: bearerScheme('A refresh token, from a login or a refresh.'),
      },
      responses: composeErrorResponses(isAttributes),
      schemas: {
        ...composeSchemas(isAttributes, isAttributes ? fieldConfig : DEFAULT_FIELD_CONFIG),
        Health: composeHealth(rules),
      },
    },
  };
}

const bearerScheme = (description: string) => ({
  type: 'http',
  scheme: 'bearer',
  bearerFormat: 'JWT',
  description,
});

const pathItem = (path: string): Record<string, SchemaObject> =>
  path.includes('{id}') ? { parameters: [ID_PARAMETER] as never } : {};

/** A path with `{category}` becomes one path per category. */
function placeRoute(route: RouteDescription, rules: DialectRules): PlacedOperation[] {
  const { operation, path, methods } = route;
  if (!path.includes('{category}')) {
    const description = describeOperations(rules.hasFieldConfig)[operation];
    return methods.map((method) => placeOperation(route, { method, path, name: operation }, description));
  }
  return (rules.routedCategories ?? ATTRIBUTE_CATEGORIES).flatMap((category) => {
    const description = describeCategoryOperations(category, toSchemaName(category))[operation];
    const place = (method: string) => ({
      method,
      path: path.replace('{category}', category),
      name: operation.replace('{category}', category),
    });
    return methods.map((method) => placeOperation(route, place(method), description));
  });
}

function placeOperation(
  { operation, requiredToken }: RouteDescription,
  { method, path, name }: { readonly method: string; readonly path: string; readonly name: string },
  description: OperationDescription | undefined,
): PlacedOperation {
  if (description === undefined) throw new Error(`The operation ${operation} has no description`);
  const { body, success, errors, ...texts } = description;
  const [status, schema] = success;
  const names = requiredToken === 'none' ? errors : ([...errors, 'Unauthorized', 'InvalidToken'] as const);
  return {
    path,
    method: method.toLowerCase(),
    operation: {
      // The client updates with PUT. Operation ids are unique, so PATCH has an id of its own.
      operationId: method === 'PATCH' ? name.replace('.update', '.patch') : name,
      tags: [name.split('.', 1)[0]],
      ...texts,
      ...(requiredToken === 'none' && { security: [] }),
      ...(requiredToken === 'refresh' && { security: [{ refreshToken: [] }] }),
      ...(body && { requestBody: { required: true, content: json(body) } }),
      responses: {
        [status]: { description: status === 201 ? 'Created' : 'OK', content: json(schema) },
        ...Object.fromEntries(
          names.map((error) => [ERROR_STATUSES[error], { $ref: `#/components/responses/${error}` }]),
        ),
      },
    },
  };
}

const json = (schema: SchemaObject) => ({ 'application/json': { schema } });

function composeErrorResponses(isAttributes: boolean): SchemaObject {
  const error = refer('Error');
  const tokenError = refer('TokenError');
  const response = (description: string, schema: SchemaObject) => ({ description, content: json(schema) });
  return {
    BadRequest: response('The body is empty or invalid. Nothing was changed.', error),
    Unauthorized: response('The token is missing, expired or revoked, or the credentials are wrong.', {
      anyOf: [tokenError, error],
    }),
    NotFound: response('The persona does not exist.', error),
    NoAuthentication: isAttributes
      ? {
          description: 'The service has no authentication.',
          content: { 'text/html': { schema: { type: 'string' } } },
        }
      : response('The service has no authentication.', error),
    InvalidToken: response(
      'The token is malformed, has an invalid signature, or has the wrong type.',
      tokenError,
    ),
    ServerError: response(
      isAttributes
        ? 'The body is not JSON, or the service failed. The text can quote SQL and values: do not show it to end users.'
        : 'The body is not JSON, or the service failed.',
      error,
    ),
  };
}

/** The schema of the health response. Its fields depend on the kind of service. */
const composeHealth = (rules: DialectRules): SchemaObject => {
  const fields = Object.keys(rules.health(0));
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map((field) => [field, { type: 'string' }])),
    required: ['status'],
  };
};
