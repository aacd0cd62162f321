import { channel } from 'node:diagnostics_channel';
import type { PersonaClientLike, PersonaEvents } from '../index.js';

const EVENTS: Readonly<Record<keyof PersonaEvents, true>> = {
  callStart: true,
  callEnd: true,
  request: true,
  response: true,
  retry: true,
  retrySkipped: true,
  reconcile: true,
  circuitRejected: true,
  cache: true,
  cacheStore: true,
  circuit: true,
  token: true,
  insecureAuth: true,
  dialect: true,
  schemaDrift: true,
};

/**
 * Publishes a client's events, those of its views too, on Node's diagnostics channels: the event `request` on
 * `persona-client:request`, and so on. A channel without subscribers does nothing.
 *
 * @returns a function that ends it.
 * @example
 * ```ts
 * publishDiagnostics(client);
 * diagnosticsChannel.subscribe('persona-client:retry', (event) => console.warn(event));
 * ```
 */
export function publishDiagnostics(client: Pick<PersonaClientLike, 'on'>): () => void {
  const stops = (Object.keys(EVENTS) as (keyof PersonaEvents)[]).map((name) => {
    const events = channel(`persona-client:${name}`);
    return client.on(name, (event) => events.publish(event));
  });
  return () => {
    for (const stop of stops) stop();
  };
}
