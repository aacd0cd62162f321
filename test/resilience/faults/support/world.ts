import { type ClientOptions, PersonaError } from 'persona-client';
import type { PersonaServiceOptions } from 'persona-client/testing';
import { createPersonaService } from 'persona-client/testing';
import { onTestFinished } from 'vitest';
import { clientOf } from '../../../support/service.js';
import { proxyTo } from './proxy.js';

/** A service, the proxy in front of it, and clients that know only the proxy. */
export async function world(options: PersonaServiceOptions = {}) {
  const service = createPersonaService({ seed: false, ...options });
  onTestFinished(() => service.close());
  const { port } = await service.listen({ port: 0 });
  const proxy = await proxyTo(port);
  return {
    service,
    proxy,
    connect: (more: ClientOptions = {}) => clientOf({ baseUrl: proxy.url, ...more }),
    /** What the service really holds, asked past the proxy: ids by name. */
    held: async (): Promise<Map<string, number[]>> => {
      await proxy.quiet();
      return heldBy(service.fetch);
    },
  };
}

async function heldBy(fetch: (url: string) => Promise<Response>): Promise<Map<string, number[]>> {
  const held = new Map<string, number[]>();
  for (let page = 1, seen = 0, total = 1; seen < total; page++) {
    const answer = await fetch(`http://service/api/v1/personas?page=${page}&per_page=100`);
    const list = (await answer.json()) as { total: number; personas: { id: number; name: string }[] };
    total = list.total;
    seen += list.personas.length;
    for (const { id, name } of list.personas) held.set(name, [...(held.get(name) ?? []), id]);
    if (list.personas.length === 0) break;
  }
  return held;
}

export type Settled<T> = { readonly value: T } | { readonly error: PersonaError };

/** How a call ended. Anything but an error of ours is a failure of the test. */
export const settle = <T>(work: Promise<T>): Promise<Settled<T>> =>
  work.then(
    (value) => ({ value }),
    (error: unknown) => {
      if (error instanceof PersonaError) return { error };
      throw error;
    },
  );

/** The error a call ended in. */
export async function errorOf(work: Promise<unknown>): Promise<PersonaError> {
  const settled = await settle(work);
  if ('error' in settled) return settled.error;
  throw new Error(`expected an error, got ${JSON.stringify(settled.value)}`);
}

/** How often each outcome came: `created 3, connection_failed 2`. */
export function tally(outcomes: Iterable<string>): string {
  const counts = new Map<string, number>();
  for (const outcome of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
}
