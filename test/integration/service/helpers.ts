import type { Dialect, ListenOptions, PersonaServiceOptions } from 'persona-client/testing';
import { createPersonaService } from 'persona-client/testing';
import { onTestFinished } from 'vitest';

export const DIALECTS: readonly Dialect[] = ['subresource', 'attributes'];

export const STORES = [
  { name: 'memory', store: 'memory' },
  { name: 'SQLite', store: { sqlite: ':memory:' } },
] as const;

export type Json = Record<string, unknown>;

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed text when it is JSON; else empty. */
  readonly body: Json;
}

export type Send = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Reply>;

/** One request over the socket; a body that is not a string is sent as JSON. */
export const senderTo =
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

/** A service on a free port for the length of a test. */
export async function started(options: PersonaServiceOptions = {}, where: ListenOptions = {}) {
  const service = createPersonaService(options);
  onTestFinished(() => service.close());
  const { url, port } = await service.listen({ port: 0, ...where });
  return { service, url, port, send: senderTo(url) };
}

/** The ids of a page of the list. */
export async function idsOf(send: Send, query = ''): Promise<unknown[]> {
  const { body } = await send('GET', `/api/v1/personas${query}`);
  return (body.personas as Json[]).map(({ id }) => id);
}

export const NAIVE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?$/;

/** 2026-11-22 06:29:29 UTC, a whole second, in milliseconds. */
export const WHOLE_SECOND = Date.UTC(2026, 10, 22, 6, 29, 29);
