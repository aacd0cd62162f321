import { ID, refer, type SchemaObject } from './schemas.js';

/** The error responses, by the name of their component, and their statuses. */
export const ERROR_STATUSES = {
  BadRequest: 400,
  Unauthorized: 401,
  NotFound: 404,
  NoAuthentication: 404,
  InvalidToken: 422,
  ServerError: 500,
} as const;

type ErrorName = keyof typeof ERROR_STATUSES;

/** What a document says about an operation, besides its route. */
export interface OperationDescription {
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly SchemaObject[];
  /** The schema of the request body. */
  readonly body?: SchemaObject;
  readonly success: readonly [status: 200 | 201, schema: SchemaObject];
  /** The other responses, without those for a missing or invalid token. */
  readonly errors: readonly ErrorName[];
}

export const ID_PARAMETER = { name: 'id', in: 'path', required: true, schema: ID };

const queryParameter = (name: string, description: string, schema: SchemaObject) => ({
  name,
  in: 'query',
  description,
  schema,
});

/** Describes the operations that have no category in their path. */
export function describeOperations(isAttributes: boolean): Readonly<Record<string, OperationDescription>> {
  const paging = (name: string, description: string, schema: SchemaObject) =>
    queryParameter(name, description, { type: 'integer', minimum: 1, ...schema });
  return {
    'health.check': {
      summary: 'Check the health of the service',
      success: [200, refer('Health')],
      errors: isAttributes ? ['ServerError'] : [],
    },
    'personas.list': {
      summary: 'Return one page of personas, most recently updated first',
      description:
        'A write between two requests moves rows to other pages. The service omits a row that it cannot return, but counts it in `total`.',
      parameters: [
        paging('page', 'The number of the page.', { default: 1 }),
        isAttributes
          ? paging('per_page', 'The number of personas per page.', { default: 20 })
          : paging(
              'per_page',
              'The number of personas per page. If you ask for more than 100, the service uses 20.',
              {
                maximum: 100,
                default: 20,
              },
            ),
      ],
      success: [200, refer('PersonaPage')],
      errors: ['ServerError'],
    },
    'personas.create': {
      summary: 'Create a persona',
      body: refer('PersonaCreate'),
      success: [201, refer('Persona')],
      errors: ['BadRequest', 'ServerError'],
    },
    'personas.get': {
      summary: 'Return a persona',
      success: [200, refer('Persona')],
      errors: ['NotFound', 'ServerError'],
    },
    'personas.update': {
      summary: 'Update a persona',
      description: 'Omitted categories, and omitted fields of a category, keep their values.',
      body: refer('PersonaUpdate'),
      success: [200, refer('Persona')],
      errors: ['BadRequest', 'NotFound', 'ServerError'],
    },
    'personas.delete': {
      summary: 'Delete a persona',
      success: [200, refer('Deleted')],
      errors: ['NotFound', 'ServerError'],
    },
    'fieldConfig.get': {
      summary: 'Return the configured fields',
      description: 'Without parameters, the response is a `FieldConfig`. An unknown name selects `{}`.',
      parameters: [
        queryParameter('category', 'Selects a category: the response is its `CategoryConfig`.', {
          type: 'string',
        }),
        queryParameter('field', 'Selects a field of the category: the response is its `FieldDefinition`.', {
          type: 'string',
        }),
      ],
      success: [200, { anyOf: [refer('FieldConfig'), refer('CategoryConfig'), refer('FieldDefinition')] }],
      errors: ['ServerError'],
    },
    'auth.login': {
      summary: 'Log in',
      body: refer('Credentials'),
      success: [200, refer('Tokens')],
      errors: ['BadRequest', 'Unauthorized', 'NoAuthentication', 'ServerError'],
    },
    'auth.refresh': {
      summary: 'Exchange a refresh token for new tokens',
      description: 'The `Authorization` header contains the refresh token.',
      success: [200, refer('Tokens')],
      errors: ['NoAuthentication'],
    },
    'auth.logout': {
      summary: 'Revoke the tokens',
      success: [200, refer('LoggedOut')],
      errors: ['NoAuthentication'],
    },
  };
}

/** Describes the operations of a category. */
export const describeCategoryOperations = (
  category: string,
  schemaName: string,
): Readonly<Record<string, OperationDescription>> => ({
  '{category}.get': {
    summary: `Return the ${category} data of a persona`,
    description: 'The response is `{}` if no field was ever set.',
    success: [200, refer(schemaName)],
    errors: ['NotFound', 'ServerError'],
  },
  '{category}.update': {
    summary: `Update the ${category} data of a persona`,
    description: 'Omitted fields keep their values. The response is the whole category.',
    body: { ...refer(`${schemaName}Input`), minProperties: 1 },
    success: [200, refer(schemaName)],
    errors: ['BadRequest', 'NotFound', 'ServerError'],
  },
});
