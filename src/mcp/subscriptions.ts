import type { McpServer } from '@modelcontextprotocol/server';
import type { Changes, PersonaChange } from './changes.js';
import { SECTIONS } from './names.js';

/** What may now read differently. */
export const urisOf = ({ id }: PersonaChange): readonly string[] => [
  `persona://${id}`,
  ...SECTIONS.map((section) => `persona://${id}/${section}`),
];

/** Tell a connection of writes, its own and others': the resources it subscribed to, and that the list is another one. */
export function addSubscriptions({ server }: McpServer, changes: Changes, era: 'legacy' | 'modern'): void {
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
  const quiet = (sent: Promise<void>) => void sent.catch(() => undefined); // The connection is gone: nobody to tell.
  const stop = changes.on((change) => {
    for (const uri of urisOf(change))
      if (era === 'modern' || subscribed.has(uri)) quiet(server.sendResourceUpdated({ uri }));
    quiet(server.sendResourceListChanged());
  });
  server.onclose = stop;
}
