import { describe, expect, it } from 'vitest';
import { type Exchange, readExchanges } from '../wire/replay.js';
import {
  createCompiler,
  type Document,
  findOperation,
  findRequestSchema,
  findResponseContent,
  readShipped,
} from './support.js';

/** Requests that services accept although the document forbids them: the service converts the value, or ignores it. */
const ACCEPTED: Readonly<Record<string, readonly string[]>> = {
  'subresource.json': [
    'kept: age as text of digits',
    'create demographic: age "30"',
    'create demographic: age 1.5',
    'create demographic: latitude "1.5"',
    'create demographic: geolocation null',
  ],
  'subresource-published.json': [],
  'attributes.json': [
    'kept: age as text',
    'create name: a number',
    'create name: 1.5',
    'create demographic: age "30"',
    'create demographic: age "thirty"',
    'create demographic: age true',
    'create demographic: latitude "1.5"',
    'create demographic: latitude true',
    'create demographic: city a number',
    'update: "x"',
    'update: name a number',
    'update: demographic a string',
    'update: demographic a list',
    'update: demographic age as text',
  ],
};

/** Responses with an age that one of these requests stored as text, or as infinity, which is not JSON. */
const STORED: Readonly<Record<string, readonly string[]>> = {
  'subresource.json': [],
  'subresource-published.json': [],
  'attributes.json': [
    'kept: age as text',
    'kept: age as text, get',
    'kept: age as text, list',
    'create body: age 1e999',
    'create demographic: age "thirty"',
    'update: demographic age as text',
    'update: demographic city null',
    'update: demographic unknown field',
    'update: psychographic {}',
    'update: psychographic merged',
    'update: behavioral {}',
  ],
};

/** Replaces the placeholders of a recording by values of their type. */
const fill = (text: string): string =>
  text
    .replaceAll(/"\{id(?:[+-]\d+)?\}"/g, '1')
    .replaceAll(/\{id(?:[+-]\d+)?\}/g, '1')
    .replaceAll('"{n}"', '1')
    .replaceAll('{time}', '2026-11-22T06:29:29.793176')
    .replaceAll(/\{(\w)\*(\d+)\}/g, (_, letter: string, count: string) => letter.repeat(Number(count)));

/** Parses a body. `undefined` if the body is not JSON, such as `NaN`. */
function parse(body: string): unknown {
  try {
    return JSON.parse(fill(body));
  } catch {
    return undefined;
  }
}

interface Result {
  /** Exchanges whose request has no operation in the document. */
  readonly withoutOperation: Exchange[];
  readonly requests: { readonly exchange: Exchange; readonly isValid: boolean }[];
  readonly responses: { readonly exchange: Exchange; readonly isValid: boolean }[];
}

function compare(document: Document, exchanges: readonly Exchange[]): Result {
  const compile = createCompiler(document);
  const result: Result = { withoutOperation: [], requests: [], responses: [] };
  for (const exchange of exchanges) {
    const { method, path, body, status, responseBody, responseHeaders } = exchange;
    const operation = findOperation(document, method, decodeURIComponent(fill(path).split('?')[0] ?? ''));
    if (operation === undefined) {
      result.withoutOperation.push(exchange);
      continue;
    }
    const [type = ''] = responseHeaders['content-type']?.split(';') ?? [];
    const schema = findResponseContent(document, operation, status)?.[type]?.schema;
    const value = typeof responseBody === 'string' ? responseBody : parse(JSON.stringify(responseBody));
    result.responses.push({ exchange, isValid: schema !== undefined && compile(schema)(value) });
    const requestSchema = findRequestSchema(operation);
    const input = body === undefined ? undefined : parse(body);
    if (requestSchema && input !== undefined)
      result.requests.push({ exchange, isValid: compile(requestSchema)(input) });
  }
  return result;
}

const names = (entries: readonly { readonly exchange: Exchange }[]) =>
  entries.map(({ exchange }) => exchange.name);

describe.each([
  ['subresource.json', 'subresource'],
  ['subresource-published.json', 'subresource'],
  ['attributes.json', 'attributes'],
] as const)('the recorded exchanges of %s', (file, kind) => {
  const { withoutOperation, requests, responses } = compare(readShipped(kind), readExchanges(file));

  it('have responses that the document describes', () => {
    process.stdout.write(
      `openapi/${file}: ${responses.length} responses and ${requests.length} requests compared\n`,
    );
    expect(responses.length).toBeGreaterThan(40);
    expect(names(responses.filter(({ isValid }) => !isValid))).toEqual(STORED[file]);
  });

  it('have requests that the document allows if the service accepts them', () => {
    const accepted = requests.filter(({ exchange }) => exchange.status < 300);
    expect(accepted.length).toBeGreaterThan(5);
    expect(names(accepted.filter(({ isValid }) => !isValid))).toEqual(ACCEPTED[file]);
  });

  it('have requests that the document forbids if the service rejects their content', () => {
    const rejected = requests.filter(({ exchange }) => exchange.status === 400);
    expect(names(rejected.filter(({ isValid }) => isValid))).toEqual([]);
  });

  it('use no route or method that the document lacks', () => {
    const isRejected = ({ path, status }: Exchange) =>
      [308, 404, 405].includes(status) || (status === 400 && path.includes('/attributes/')); // an unknown category
    const found = withoutOperation.filter((exchange) => !isRejected(exchange));
    expect(found.filter(({ method }) => !['HEAD', 'OPTIONS'].includes(method))).toEqual([]);
  });
});
