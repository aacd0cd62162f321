import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

type Json = Readonly<Record<string, unknown>>;
type Content = Readonly<Record<string, { readonly schema: Json }>>;

interface Response {
  readonly $ref?: string;
  readonly content?: Content;
}

interface Operation {
  readonly operationId: string;
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, Response>>;
}

export interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Json>>;
    readonly responses: Readonly<Record<string, Response>>;
  };
}

export const KINDS = ['subresource', 'attributes'] as const;

/** Reads the document that the package contains. */
export const readShipped = (kind: (typeof KINDS)[number]): Document =>
  JSON.parse(readFileSync(`openapi/${kind}.json`, 'utf8'));

/** All operations of a document, with their paths and methods. */
export const listOperations = ({ paths }: Document) =>
  Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([key]) => key !== 'parameters')
      .map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );

/** Finds the operation of a request as the router of a service does: `{id}` matches digits. */
export const findOperation = (document: Document, method: string, path: string): Operation | undefined =>
  listOperations(document).find(
    (entry) =>
      entry.method === method && new RegExp(`^${entry.path.replace('{id}', '\\p{Nd}+')}$`, 'u').test(path),
  )?.operation;

export const findRequestSchema = ({ requestBody }: Operation): Json | undefined =>
  requestBody?.content['application/json']?.schema;

/** The content of the response with this status. `undefined` if the document does not list the status. */
export function findResponseContent(
  { components }: Document,
  { responses }: Operation,
  status: number,
): Content | undefined {
  const response = responses[status];
  const name = response?.$ref?.split('/').at(-1);
  return (name === undefined ? response : components.responses[name])?.content;
}

/** Creates a function that compiles schemas of a document, which refer to each other. */
export function createCompiler(document: Document): (schema: Json) => ValidateFunction {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'document', ...(document as object) });
  const compiled = new Map<string, ValidateFunction>();
  return (schema) => {
    const text = JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"document#/');
    const validate = compiled.get(text) ?? ajv.compile(JSON.parse(text));
    compiled.set(text, validate);
    return validate;
  };
}
