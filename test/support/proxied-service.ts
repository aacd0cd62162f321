import { type ClientOptions, PersonaError } from 'persona-client';
import { createPersonaService, type PersonaServiceOptions } from 'persona-client/testing';
import { onTestFinished } from 'vitest';
import { startFaultProxy } from './fault-proxy.js';
import { createTestClient } from './service.js';

/** Starts a service behind a fault proxy, until the end of the test. Clients connect to the proxy. */
export async function serveThroughProxy(options: PersonaServiceOptions = {}) {
  const service = createPersonaService({ seed: false, ...options });
  onTestFinished(() => service.close());
  const { port } = await service.listen({ port: 0 });
  const proxy = await startFaultProxy(port);
  return {
    service,
    proxy,
    connect: (clientOptions: ClientOptions = {}) =>
      createTestClient({ baseUrl: proxy.url, ...clientOptions }),
    /** Reads the stored persona ids by name, without the proxy. Waits for delayed requests first. */
    storedIds: async (): Promise<Map<string, number[]>> => {
      await proxy.waitForForwardedRequests();
      return readStoredIds(service.fetch);
    },
  };
}

async function readStoredIds(fetch: (url: string) => Promise<Response>): Promise<Map<string, number[]>> {
  const idsByName = new Map<string, number[]>();
  for (let page = 1, rows = 0, total = 1; rows < total; page++) {
    const response = await fetch(`http://service/api/v1/personas?page=${page}&per_page=100`);
    const list = (await response.json()) as { total: number; personas: { id: number; name: string }[] };
    total = list.total;
    rows += list.personas.length;
    for (const { id, name } of list.personas) idsByName.set(name, [...(idsByName.get(name) ?? []), id]);
    if (list.personas.length === 0) break;
  }
  return idsByName;
}

export type Outcome<T> = { readonly value: T } | { readonly error: PersonaError };

/** Returns the value or the error of a call. Rejects if the error is not a {@link PersonaError}. */
export const settle = <T>(work: Promise<T>): Promise<Outcome<T>> =>
  work.then(
    (value) => ({ value }),
    (error: unknown) => {
      if (error instanceof PersonaError) return { error };
      throw error;
    },
  );

/** Returns the error code of a failed call, and `ok` for a success. */
export const outcomeCode = (outcome: Outcome<unknown>): string =>
  'error' in outcome ? outcome.error.code : 'ok';

/** Counts equal outcomes: `3 created, 2 connection_failed`. */
export function countOutcomes(outcomes: Iterable<string>): string {
  const counts = new Map<string, number>();
  for (const outcome of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
}
