import { PersonaCircuitOpenError, PersonaServerError } from 'persona-client';
import { describe, expect, it } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { DIALECTS, NO_BACKOFF } from '../../support/service.js';
import { startSwitchableService } from '../../support/switchable-service.js';

const BROKEN = 3;
const RETRY = { ...NO_BACKOFF, budget: false } as const;

/** Starts a service that responds with 500 to each request for one persona. */
async function setup(dialect: (typeof DIALECTS)[number]) {
  const { connect, interceptWith } = await startSwitchableService(dialect);
  interceptWith(({ path }) =>
    path.includes(`/personas/${BROKEN}`)
      ? Response.json(
          { message: `Failed to retrieve persona with ID ${BROKEN}`, status_code: 500 },
          { status: 500 },
        )
      : undefined,
  );
  return (options = {}) => connect({ retry: RETRY, cache: false, ...options });
}

describe.each(DIALECTS)('a persona that always fails with 500: %s', (dialect) => {
  it.each([{}, { errorThresholdPercentage: 50 }])(
    'does not stop a client that reads others: %j',
    async (breaker) => {
      const client = (await setup(dialect))({ breaker });
      for (let round = 0; round < 10; round++) {
        await expectRejection(PersonaServerError, client.personas.get(BROKEN));
        await expectRejection(PersonaServerError, client.psychographic.get(BROKEN));
        expect(await client.personas.get(1)).toHaveProperty('id', 1);
        expect((await client.personas.list()).items).not.toEqual([]);
        expect(client.circuit).toBe('closed');
      }
    },
  );

  it('does not stop others after it alone was read', async () => {
    const client = (await setup(dialect))();
    await expectRejection(PersonaServerError, client.personas.get(BROKEN));
    await expectRejection(PersonaServerError, client.personas.get(BROKEN));
    expect(client.circuit).toBe('open');
    await expectRejection(PersonaCircuitOpenError, client.personas.get(BROKEN));
    expect(await client.personas.get(1)).toHaveProperty('id', 1);
    expect(client.circuit).toBe('closed');
  });

  it('does not stop 100 concurrent reads of others', async () => {
    const client = (await setup(dialect))({ concurrency: 10 });
    const reads = Array.from({ length: 100 }, (_, index) => {
      const id = 1 + (index % 5);
      return id === BROKEN
        ? expectRejection(PersonaServerError, client.personas.get(id))
        : client.personas.get(id);
    });
    await Promise.all(reads);
    expect(client.circuit).toBe('closed');
  });
});
