import { expect, it } from 'vitest';
import { PersonaCircuitOpenError, PersonaClient } from '../../../src/index.js';
import { expectRejection } from '../../support/failures.js';

/** A client whose circuit is open, because the service demanded a wait. */
async function openCircuit() {
  let requests = 0;
  const client = new PersonaClient({
    dialect: 'subresource',
    breaker: { failMax: 1 },
    retry: false,
    fetch: async () => {
      requests++;
      return new Response('{"message":"busy"}', { status: 503, headers: { 'retry-after': '30' } });
    },
  });
  await client.personas.get(1).catch(() => {});
  expect(client.circuit).toBe('open');
  return { client, requests: () => requests };
}

it.each([
  ['a read', (client: PersonaClient) => client.personas.get(2, { deadlineMs: 5_000 })],
  [
    'an uncached read',
    (client: PersonaClient) => client.personas.get(2, { deadlineMs: 5_000, cache: false }),
  ],
  ['a write', (client: PersonaClient) => client.personas.update(2, { name: 'Ada' }, { deadlineMs: 5_000 })],
])('%s through an open circuit fails before it waits for Retry-After', async (_, call) => {
  const { client, requests } = await openCircuit();
  const error = await expectRejection(PersonaCircuitOpenError, call(client));
  expect(error).toMatchObject({ attempts: 0, maybeApplied: false });
  expect(error.timeline?.map(({ event }) => event)).toContain('circuitRejected');
  expect(requests()).toBe(1);
});

it('equal reads through an open circuit fail separately, because none is in flight', async () => {
  const { client } = await openCircuit();
  const outcomes: string[] = [];
  let rejections = 0;
  client.on('cache', ({ outcome }) => outcomes.push(outcome));
  client.on('circuitRejected', () => rejections++);
  const results = await Promise.allSettled([client.personas.get(2), client.personas.get(2)]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(outcomes).toEqual(['miss', 'miss']);
  expect(rejections).toBe(2);
});
