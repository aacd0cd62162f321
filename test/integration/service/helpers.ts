import { PERSONAS_PATH } from '../../support/personas.js';
import { startService } from '../../support/service.js';

export const STORES = [
  { name: 'memory', store: 'memory' },
  { name: 'SQLite', store: { sqlite: ':memory:' } },
] as const;

export type Json = Record<string, unknown>;

export interface ParsedResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body if it is JSON, otherwise an empty object. */
  readonly body: Json;
}

export type Send = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<ParsedResponse>;

/** Creates a function that sends one request over a socket. A body that is not a string is sent as JSON. */
export const createSender =
  (url: string): Send =>
  async (method, path, body, headers = {}) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type') === 'application/json' && text !== '';
    return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : {} };
  };

/** Starts a service like `startService`, and returns also `send`, which sends a request to the service. */
export async function startServiceWithSender(...options: Parameters<typeof startService>) {
  const started = await startService(...options);
  return { ...started, send: createSender(started.url) };
}

/** The ids of one page of personas. */
export async function listIds(send: Send, query = ''): Promise<unknown[]> {
  const { body } = await send('GET', `${PERSONAS_PATH}${query}`);
  return (body.personas as Json[]).map(({ id }) => id);
}

/** ISO 8601 without a zone. */
export const NAIVE_TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?$/;

/** 2026-11-22 06:29:29 UTC without a fraction, in milliseconds since the Unix epoch. */
export const WHOLE_SECOND = Date.UTC(2026, 10, 22, 6, 29, 29);
