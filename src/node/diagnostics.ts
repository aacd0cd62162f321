import { channel } from 'node:diagnostics_channel';
import type { PersonaClientLike, PersonaEvents } from '../index.js';

const EVENT_NAMES: Readonly<Record<keyof PersonaEvents, true>> = {
  callStart: true,
  callEnd: true,
  request: true,
  response: true,
  retry: true,
  retrySkipped: true,
  reconcile: true,
  invalidField: true,
  unknownField: true,
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
 * Publishes the events of a client and its views on Node's diagnostics channels.
 *
 * The channel of an event is `persona-client:` and its name, such as `persona-client:request`. If a channel has no
 * subscribers, Node discards the event.
 *
 * @returns A function that stops publishing.
 * @example
 * ```ts
 * publishDiagnostics(client);
 * diagnosticsChannel.subscribe('persona-client:retry', (event) => console.warn(event));
 * ```
 */
export function publishDiagnostics(client: Pick<PersonaClientLike, 'on'>): () => void {
  const unsubscribers = (Object.keys(EVENT_NAMES) as (keyof PersonaEvents)[]).map((name) => {
    const eventChannel = channel(`persona-client:${name}`);
    return client.on(name, (event) => eventChannel.publish(event));
  });
  return () => {
    for (const unsubscribe of unsubscribers) unsubscribe();
  };
}
