import { channel } from 'node:diagnostics_channel';
import { EVENT_NAMES } from '../core/event-names.js';
import type { PersonaClientLike } from '../index.js';

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
  const unsubscribers = EVENT_NAMES.map((name) => {
    const eventChannel = channel(`persona-client:${name}`);
    return client.on(name, (event) => eventChannel.publish(event));
  });
  return () => {
    for (const unsubscribe of unsubscribers) unsubscribe();
  };
}
