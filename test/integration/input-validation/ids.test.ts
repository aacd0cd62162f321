import fc from 'fast-check';
import { PersonaNotFoundError, PersonaValidationError } from 'persona-client';
import { describe, expect, it } from 'vitest';
import { CALLS, CALLS_WITH_ID } from '../../support/calls.js';
import { expectRejection } from '../../support/failures.js';
import { startService } from '../../support/service.js';

const { proxy: revokedProxy, revoke } = Proxy.revocable({}, {});
revoke();

const INVALID_IDS: readonly unknown[] = [
  ...[0, -0, -1, 1.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY],
  ...['abc', '..', '.', '', '1', '1/../2', '%2e%2e'],
  ...[null, undefined, true, 1n, [1], { valueOf: () => 1 }, Promise.resolve(1), revokedProxy],
];

describe('an invalid id', () => {
  it.each(CALLS_WITH_ID)('is rejected by %s before anything is sent', async (name, call) => {
    const { service, connect } = await startService();
    const client = connect();
    for (const id of INVALID_IDS) {
      const error = await expectRejection(PersonaValidationError, call(client, id as number));
      expect(error).toMatchObject({ code: 'invalid_input', attempts: 0, status: undefined });
      expect(error.issues.map(({ path }) => path)).toEqual([['id']]);
      expect(error.message).toBe(
        `${name}: invalid input, nothing was sent: id: must be a whole number from 1 to 9007199254740991`,
      );
    }
    expect(service.requests).toEqual([]);
  });

  it('is rejected, whatever value it is', async () => {
    const { service, connect } = await startService();
    const client = connect();
    const isId = (value: unknown) => Number.isSafeInteger(value) && Number(value) > 0;
    await fc.assert(
      fc.asyncProperty(
        fc.anything({ withBigInt: true, withDate: true }).filter((value) => !isId(value)),
        fc.constantFrom(...CALLS_WITH_ID.map(([, call]) => call)),
        async (id, call) => {
          const { issues } = await expectRejection(PersonaValidationError, call(client, id as number));
          expect(issues.map(({ path }) => path)).toEqual([['id']]);
        },
      ),
      { numRuns: 300 },
    );
    expect(service.requests).toEqual([]);
  });
});

it.each([
  ['subresource', 'personas.get', '/api/v1/personas/{id}'],
  ['subresource', 'psychographic.get', '/api/v1/personas/{id}/psychographic'],
  ['subresource', 'demographic.update', '/api/v1/personas/{id}/demographic'],
  ['attributes', 'personas.delete', '/api/v1/personas/{id}'],
  ['attributes', 'psychographic.get', '/api/v1/personas/{id}/attributes/psychographic'],
  ['attributes', 'demographic.get', '/api/v1/personas/{id}'],
] as const)('any valid id yields the expected path: %s, %s', async (dialect, name, template) => {
  const { service, connect } = await startService({ dialect, seed: false });
  const client = connect({ dialect, cache: false });
  const { run } = CALLS[name];
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), async (id) => {
      service.clearRequests();
      await expectRejection(PersonaNotFoundError, run(client, id));
      expect(service.requests.map(({ path }) => path)).toEqual([template.replace('{id}', String(id))]);
    }),
    { numRuns: 40, examples: [[1], [Number.MAX_SAFE_INTEGER]] },
  );
});
