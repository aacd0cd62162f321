import { expect, it } from 'vitest';
import type { ContractContext } from '../context.js';

/** Authentication, if the service requires it. */
export function identity(context: ContractContext): void {
  it('logs in before the first call that needs a token', async () => {
    const client = context.connect();
    await client.personas.list();
    expect((await client.auth.session()).isLoggedIn || !context.auth).toBe(true);
  });

  it('checks the health of the service without a token', async () => {
    const client = context.connect();
    const tokens: string[] = [];
    client.on('token', ({ action }) => tokens.push(action));
    await client.health.check();
    expect(tokens).toEqual([]);
  });
}
