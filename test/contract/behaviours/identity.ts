import { expect, it } from 'vitest';
import type { Bench } from '../deployed.js';

/** Who is calling, where the service asks. */
export function identity(bench: Bench): void {
  it('is signed in on first need where tokens are asked for', async () => {
    const client = bench.connect();
    await client.personas.list();
    expect((await client.auth.session()).signedIn || !bench.auth).toBe(true);
  });

  it('is not needed to hear that the service is well', async () => {
    const client = bench.connect();
    const tokens: string[] = [];
    client.on('token', ({ action }) => tokens.push(action));
    await client.health.check();
    expect(tokens).toEqual([]);
  });
}
