import { readFileSync } from 'node:fs';
import { request } from 'node:http';

/** A recorded request with its response. The README describes the placeholders. */
export interface Exchange {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly status: number;
  readonly responseHeaders: Readonly<Record<string, string>>;
  readonly responseBody: unknown;
}

export interface Difference {
  readonly name: string;
  readonly part: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

export const readExchanges = (file: string): readonly Exchange[] =>
  JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8'));

const COMPARED_HEADER = /^(?:content-type|allow|vary|location|access-control-.*)$/;
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?$/;
const ID = /\{id([+-]\d+)?\}/g;
/** Replays the exchanges one after the other, and returns every difference. */
export async function replay(exchanges: readonly Exchange[], url: string): Promise<Difference[]> {
  const differences: Difference[] = [];
  const ids: number[] = [];
  for (const exchange of exchanges) {
    const reply = await send(url, exchange, ids);
    if (exchange.status === 201) ids.unshift((parseBody(reply) as { id: number }).id);
    differences.push(...compare(exchange, reply, ids));
  }
  return differences;
}

function send(
  url: string,
  { method, path, headers = {}, body }: Exchange,
  ids: readonly number[],
): Promise<Reply> {
  const text = body === undefined ? '' : fillText(body, ids);
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        hostname,
        port,
        method,
        path: fillText(path, ids),
        headers: { ...headers, 'content-length': Buffer.byteLength(text) },
        agent: false,
      },
      async (incoming) => {
        let received = '';
        for await (const chunk of incoming.setEncoding('utf8')) received += chunk;
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers as Record<string, string>,
          text: received,
        });
      },
    );
    outgoing.on('error', reject).end(text);
  });
}

function fillText(text: string, ids: readonly number[]): string {
  return text
    .replace(ID, (placeholder) => String(findId(placeholder, ids)))
    .replace(/\{(\w)\*(\d+)\}/g, (_, letter: string, count: string) => letter.repeat(Number(count)));
}

/** Returns the id for `{id}`, `{id-1}` or `{id+1}`. */
function findId(placeholder: string, ids: readonly number[]): number | undefined {
  const offset = Number(/[+-]\d+/.exec(placeholder)?.[0] ?? 0);
  return offset > 0 ? (ids[0] ?? 0) + offset : ids[-offset];
}

function compare(exchange: Exchange, reply: Reply, ids: readonly number[]): Difference[] {
  const { name } = exchange;
  const differences: Difference[] = [];
  const check = (part: string, expected: unknown, actual: unknown) => {
    if (!matches(expected, actual, ids, part)) differences.push({ name, part, expected, actual });
  };
  check('status', exchange.status, reply.status);
  check('headers', selectHeaders(exchange.responseHeaders), selectHeaders(reply.headers));
  check('body', exchange.responseBody, parseBody(reply));
  return differences;
}

/** Selects the headers that the recordings contain, with their lists in a fixed order. */
function selectHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => COMPARED_HEADER.test(name))
      .map(([name, value]) => [
        name,
        /type|origin|location/.test(name) ? value : value.split(/, */).sort().join(', '),
      ]),
  );
}

function parseBody({ headers, text }: Reply): unknown {
  if (headers['content-type'] !== 'application/json' || text === '') return text;
  if (!/^[ -~]*\n$/.test(text)) return `Not one line of ASCII: ${text}`;
  try {
    return JSON.parse(text);
  } catch {
    return JSON.parse(quoteBareWords(text));
  }
}

/** Makes JSON of a body with `NaN` or `Infinity` outside of strings. */
const quoteBareWords = (text: string): string =>
  text.replace(/("(?:[^"\\]|\\.)*")|-?(?:NaN|Infinity)/g, (word, string?: string) => string ?? `"{${word}}"`);

/** Compares a value with the recorded one, placeholders included. */
function matches(expected: unknown, actual: unknown, ids: readonly number[], key: string): boolean {
  if (typeof expected === 'string') return matchesText(expected, actual, ids);
  if (typeof expected !== 'object' || expected === null) return Object.is(expected, actual);
  if (typeof actual !== 'object' || actual === null) return false;
  if (Array.isArray(expected) && Array.isArray(actual) && key === 'errors')
    return JSON.stringify([...expected].sort()) === JSON.stringify([...actual].sort());
  const keys = Object.keys(expected);
  return (
    Array.isArray(expected) === Array.isArray(actual) &&
    keys.length === Object.keys(actual).length &&
    keys.every(
      (name) =>
        Object.hasOwn(actual, name) &&
        matches(Reflect.get(expected, name), Reflect.get(actual, name), ids, key === 'errors' ? key : name),
    )
  );
}

function matchesText(expected: string, actual: unknown, ids: readonly number[]): boolean {
  if (expected === '{n}') return Number.isInteger(actual) && Number(actual) > 0;
  if (expected === '{text}') return typeof actual === 'string' && actual !== '';
  if (expected === '{time}') return typeof actual === 'string' && TIMESTAMP.test(actual);
  if (/^\{id([+-]\d+)?\}$/.test(expected)) return actual === findId(expected, ids);
  return actual === fillText(expected, ids);
}
