import type { ClientOptions } from 'persona-client';
import { createPersonaService, type PersonaServiceOptions } from 'persona-client/testing';
import { onTestFinished } from 'vitest';
import { createMemoryStore } from '../../src/service/store/memory.js';
import { createTestClient } from './service.js';

const SERVICES = {
  published: { dialect: 'subresource', published: true },
  repaired: { dialect: 'subresource' },
  'in-between': { dialect: 'in-between' },
  attributes: { dialect: 'attributes' },
} as const satisfies Record<string, PersonaServiceOptions>;

export type ListServiceKind = keyof typeof SERVICES;
export const LIST_SERVICE_KINDS = Object.keys(SERVICES) as ListServiceKind[];

/** Starts a service without personas that can become a service of another kind, with the same personas. */
export function startListService(initialKind: ListServiceKind) {
  const store = createMemoryStore(Date.now);
  const services = new Map(
    LIST_SERVICE_KINDS.map((kind) => [kind, createPersonaService({ ...SERVICES[kind], store, seed: false })]),
  );
  let kind = initialKind;
  let intercept = (_requestLine: string): Response | Promise<Response> | undefined => undefined;
  const requestLines: string[] = [];
  const fetch: typeof globalThis.fetch = async (url, init) => {
    const { pathname, search } = new URL(String(url));
    const line = `${init?.method ?? 'GET'} ${pathname.replace('/api/v1', '')}${search}`;
    requestLines.push(line);
    return (await intercept(line)) ?? (services.get(kind)?.fetch(url, init) as Promise<Response>);
  };
  onTestFinished(async () => {
    await Promise.all([...services.values()].map((service) => service.close()));
  });
  return {
    /** Creates a client that knows nothing about the service. */
    connect: (options: ClientOptions = {}) =>
      createTestClient({ baseUrl: 'http://service.test', fetch, retry: false, ...options }),
    /** Upgrades the service, or rolls it back. */
    become: (nextKind: ListServiceKind) => {
      kind = nextKind;
    },
    /** Sets a function that may respond to requests such as `GET /personas/1`. */
    interceptWith: (nextIntercept: typeof intercept) => {
      intercept = nextIntercept;
    },
    /** Runs a function and returns the requests that it sent. */
    requestsOf: async (run: () => Promise<unknown>) => {
      const start = requestLines.length;
      await run();
      return requestLines.slice(start);
    },
    /** Returns the stored fields of a category that are not `null`. The published service stores `null` as text. */
    readStored: async (id: number, category: 'psychographic' | 'behavioral' = 'psychographic') => {
      const fields = (await store.get(id))?.categories[category]?.fields ?? {};
      const values = Object.entries(fields).filter(([, value]) => value !== null && value !== 'null');
      return Object.fromEntries(values);
    },
  };
}
