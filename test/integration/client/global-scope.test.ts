import { PersonaClient } from 'persona-client';
import { expect, it, vi } from 'vitest';

/** Cloudflare Workers forbid these in the global scope, where a long-lived client is created. */
it('creates a client without a timer, an AbortController, a random value or a request', () => {
  const forbidden = (name: string) =>
    vi.fn().mockImplementation(() => {
      throw new Error(`${name} in the global scope`);
    });
  vi.stubGlobal('AbortController', forbidden('AbortController'));
  vi.stubGlobal('fetch', forbidden('fetch'));
  vi.stubGlobal('setTimeout', forbidden('setTimeout'));
  vi.stubGlobal('setInterval', forbidden('setInterval'));
  vi.stubGlobal('crypto', { randomUUID: forbidden('crypto'), getRandomValues: forbidden('crypto') });
  try {
    const client = new PersonaClient({ auth: { username: 'admin', password: 'secret' } });
    expect(client.circuit).toBe('closed');
    client.close();
  } finally {
    vi.unstubAllGlobals();
  }
});
