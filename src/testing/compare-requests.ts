import { isPlainObject, type JsonValue } from '../schemas/plain-data.js';
import type { RequestRecord } from './recorded-request.js';

/** Returns the key of a request. Matching requests have equal keys. */
export const toRequestKey = ({
  method,
  path,
  headers = {},
  body,
  bodyText,
  bodyBase64,
}: RequestRecord): string =>
  JSON.stringify([
    method,
    path,
    sortFields(headers),
    body === undefined ? null : [sortFields(body)],
    bodyText,
    bodyBase64,
  ]);

function sortFields(value: JsonValue | Readonly<Record<string, string>>): JsonValue {
  if (Array.isArray(value)) return value.map(sortFields);
  if (!isPlainObject(value)) return value as JsonValue;
  const entries = Object.entries(value) as [string, JsonValue][];
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, item]) => [name, sortFields(item)]),
  );
}

/** Names a request in a message. */
export const describeRequest = ({ method, path }: RequestRecord): string => `${method} ${shorten(path, 200)}`;

const shorten = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length)}…` : text;

const show = (value: unknown): string =>
  value === undefined ? 'missing' : shorten(JSON.stringify(value), 60);

/** A different method or path makes a request less similar than a different parameter or field. */
const PATH_WEIGHT = 100;
const METHOD_WEIGHT = 10;
const MAX_SHOWN = 5;

interface Difference {
  readonly text: string;
  readonly weight: number;
}

/** Finds the recorded request that differs least from a request, and describes the differences. */
export function findNearest(
  request: RequestRecord,
  recorded: Iterable<RequestRecord>,
): { readonly nearest: RequestRecord; readonly text: string } | undefined {
  let best: { nearest: RequestRecord; differences: Difference[]; weight: number } | undefined;
  for (const nearest of recorded) {
    const differences = [...findDifferences(request, nearest)];
    const weight = differences.reduce((sum, difference) => sum + difference.weight, 0);
    if (best === undefined || weight < best.weight) best = { nearest, differences, weight };
  }
  if (best === undefined) return undefined;
  const { nearest, differences } = best;
  const shown = differences.slice(0, MAX_SHOWN).map(({ text }) => text);
  const others = differences.length - shown.length;
  return { nearest, text: shown.join('; ') + (others > 0 ? `; and ${others} more` : '') };
}

function* findDifferences(request: RequestRecord, recorded: RequestRecord): Generator<Difference> {
  const compare = (name: string, actual: unknown, expected: unknown, weight: number): Difference => ({
    text: `${name} is ${show(actual)}, but ${show(expected)} in the recording`,
    weight,
  });
  if (request.method !== recorded.method)
    yield compare('the method', request.method, recorded.method, METHOD_WEIGHT);
  const [path = '', query = ''] = request.path.split('?', 2);
  const [recordedPath = '', recordedQuery = ''] = recorded.path.split('?', 2);
  if (path !== recordedPath)
    yield compare('the path', path, recordedPath, PATH_WEIGHT * countDifferentSegments(path, recordedPath));
  const parameters = [new URLSearchParams(query), new URLSearchParams(recordedQuery)] as const;
  for (const name of new Set(parameters.flatMap((list) => [...list.keys()]))) {
    const [actual, expected] = parameters.map((list) => list.getAll(name).join() || undefined);
    if (actual !== expected) yield compare(`the parameter ${shorten(name, 40)}`, actual, expected, 1);
  }
  for (const name of new Set([request, recorded].flatMap(({ headers = {} }) => Object.keys(headers)))) {
    const [actual, expected] = [request.headers?.[name], recorded.headers?.[name]];
    if (actual !== expected) yield compare(`the header ${name}`, actual, expected, 1);
  }
  for (const [name, actual, expected] of findDifferentFields(request.body, recorded.body, 'body'))
    yield compare(name, actual, expected, 1);
  if (request.bodyText !== recorded.bodyText)
    yield compare('the body', request.bodyText, recorded.bodyText, 1);
  if (request.bodyBase64 !== recorded.bodyBase64)
    yield compare('the body', request.bodyBase64, recorded.bodyBase64, 1);
}

function countDifferentSegments(path: string, other: string): number {
  const [segments, others] = [path.split('/'), other.split('/')];
  const length = Math.max(segments.length, others.length);
  return Array.from({ length }, (_, index) => segments[index] !== others[index]).filter(Boolean).length;
}

/** Yields the fields that differ, at any depth. Compares arrays as a whole. */
function* findDifferentFields(
  actual: JsonValue | undefined,
  expected: JsonValue | undefined,
  path: string,
): Generator<readonly [path: string, actual: JsonValue | undefined, expected: JsonValue | undefined]> {
  if (isPlainObject(actual) && isPlainObject(expected)) {
    for (const name of new Set([...Object.keys(actual), ...Object.keys(expected)]))
      yield* findDifferentFields(
        Object.hasOwn(actual, name) ? (actual[name] as JsonValue) : undefined,
        Object.hasOwn(expected, name) ? (expected[name] as JsonValue) : undefined,
        `${path}.${shorten(name, 40)}`,
      );
  } else if (JSON.stringify(sortFields(actual ?? null)) !== JSON.stringify(sortFields(expected ?? null)))
    yield [path, actual, expected];
}
