import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { type ClientOptions, PersonaClient } from 'persona-client';
import { createApp } from './app.js';
import { parsePublicOrigins } from './origin.js';

/** A page loads within five seconds, and cached data stays available during an outage of up to a day. */
const OPTIONS: ClientOptions = {
  timeoutMs: 2_000,
  deadlineMs: 5_000,
  retry: { limit: 2, backoffMs: 100 },
  breaker: { resetTimeoutMs: 10_000 },
  cache: { ttlMs: 5_000, staleIfErrorMs: 24 * 60 * 60 * 1000 },
  onUnknownOutcome: 'reconcile',
};

export interface WebApp extends AsyncDisposable {
  readonly url: string;
  readonly client: PersonaClient;
}

/**
 * Starts the application on 127.0.0.1.
 *
 * @param publicUrl the URLs that browsers use, separated by commas. Needed if a proxy changes the Host header.
 */
export async function startWebApp(port: number, options: ClientOptions, publicUrl?: string): Promise<WebApp> {
  const publicOrigins = parsePublicOrigins(publicUrl);
  const client = new PersonaClient({ ...OPTIONS, ...options });
  const server = serve({ fetch: createApp(client, { publicOrigins }).fetch, port, hostname: '127.0.0.1' });
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    client,
    [Symbol.asyncDispose]: async () => {
      client.close();
      const closed = once(server, 'close');
      server.close();
      if ('closeAllConnections' in server) server.closeAllConnections();
      await closed;
    },
  };
}
