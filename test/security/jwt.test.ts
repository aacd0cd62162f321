import fc from 'fast-check';
import { PersonaClient, PersonaError } from 'persona-client';
import { describe } from 'vitest';
import { AttackTally, attack, runCount } from './attack.js';

const encodeBase64 = (value: string) => btoa(unescape(encodeURIComponent(value))).replaceAll('=', '');

/** Values that are not a time. */
const invalidTime = fc.oneof(
  fc.double(),
  fc.maxSafeInteger(),
  fc.constantFrom('tomorrow', null, true, [], {}, -0, 1e308, 2 ** 53, { toString: 1 }),
  fc.string(),
);
const claims = fc.oneof(
  fc
    .record(
      { exp: invalidTime, iat: invalidTime, sub: invalidTime, __proto__: invalidTime },
      { requiredKeys: [] },
    )
    .map((record) => JSON.stringify(record)),
  fc.json(),
  fc.constantFrom(
    '{"exp":1e999}',
    '{"__proto__":{"exp":1}}',
    '{"exp":9,"exp":-9}',
    `${'['.repeat(5_000)}`,
    '',
  ),
);
const printable = fc.string({
  unit: fc.integer({ min: 33, max: 126 }).map((code) => String.fromCharCode(code)),
});
const token = fc.oneof(
  fc.tuple(printable, claims, printable).map(([head, body, tail]) => `${head}.${encodeBase64(body)}.${tail}`),
  printable,
  fc.array(printable).map((parts) => parts.join('.')),
);

describe('JWT claims', () => {
  attack('reads hostile claims as a valid expiry or none, without an error', async () => {
    const tally = new AttackTally();
    await fc.assert(
      fc.asyncProperty(token, async (tokenText) => {
        let thrown: unknown;
        try {
          using client = new PersonaClient({ auth: { token: tokenText } });
          const { expiresAt } = await client.auth.session();
          const end = Date.parse(expiresAt ?? '');
          tally.check(expiresAt === undefined || end > Date.now(), () => `${tokenText}: ${expiresAt}`);
          return;
        } catch (error) {
          thrown = error;
        }
        tally.check(
          thrown instanceof PersonaError && tokenText.trim() === '',
          () => `${tokenText}: ${String(thrown)}`,
        );
      }),
      { numRuns: runCount(20_000, 1_000_000) },
    );
    return tally;
  });
});
