import { PersonaClient } from 'persona-client';
import { expect, it, vi } from 'vitest';

/** Workers refuse all of this outside of a request, which is where a client stands that outlives one. */
it('is made without a timer, a controller, a random value or a request', () => {
  const refuse = (what: string) =>
    vi.fn().mockImplementation(() => {
      throw new Error(`${what} in the global scope`);
    });
  vi.stubGlobal('AbortController', refuse('AbortController'));
  vi.stubGlobal('fetch', refuse('fetch'));
  vi.stubGlobal('setTimeout', refuse('setTimeout'));
  vi.stubGlobal('setInterval', refuse('setInterval'));
  vi.stubGlobal('crypto', { randomUUID: refuse('crypto'), getRandomValues: refuse('crypto') });
  try {
    const client = new PersonaClient({ auth: { username: 'admin', password: 'secret' } });
    expect(client.circuit).toBe('closed');
    client.close();
  } finally {
    vi.unstubAllGlobals();
  }
});
