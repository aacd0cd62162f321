import type { McpServer } from '@modelcontextprotocol/server';
import type { ChangeEmitter, PersonaChange } from './change-emitter.js';
import { SECTIONS } from './sections.js';

/** The URIs of the resources that a change affects. */
export const changedUris = ({ id }: PersonaChange): readonly string[] => [
  `persona://${id}`,
  ...SECTIONS.map((section) => `persona://${id}/${section}`),
];

/**
 * Notifies a connection about changes from any connection: updates of subscribed resources, and a changed list.
 *
 * Legacy clients subscribe with `resources/subscribe`. For modern clients, the MCP SDK filters the notifications.
 */
export function registerSubscriptions(
  { server }: McpServer,
  changes: ChangeEmitter,
  era: 'legacy' | 'modern',
): void {
  const subscribed = new Set<string>();
  if (era === 'legacy') {
    server.setRequestHandler('resources/subscribe', ({ params }) => {
      subscribed.add(params.uri);
      return {};
    });
    server.setRequestHandler('resources/unsubscribe', ({ params }) => {
      subscribed.delete(params.uri);
      return {};
    });
  }
  // A notification fails only if the connection has closed.
  const ignoreFailure = (notification: Promise<void>) => void notification.catch(() => undefined);
  server.onclose = changes.on((change) => {
    for (const uri of changedUris(change))
      if (era === 'modern' || subscribed.has(uri)) ignoreFailure(server.sendResourceUpdated({ uri }));
    ignoreFailure(server.sendResourceListChanged());
  });
}
