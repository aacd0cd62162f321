import fc from 'fast-check';
import { PersonaClient, PersonaError } from 'persona-client';
import { describe } from 'vitest';
import { attack, count, Tally } from './report.js';

const encoded = (value: string) => btoa(unescape(encodeURIComponent(value))).replaceAll('=', '');

/** Anything that JSON can hold where a time should be, and what only looks like JSON. */
const odd = fc.oneof(
  fc.double(),
  fc.maxSafeInteger(),
  fc.constantFrom('tomorrow', null, true, [], {}, -0, 1e308, 2 ** 53, { toString: 1 }),
  fc.string(),
);
const claims = fc.oneof(
  fc
    .record({ exp: odd, iat: odd, sub: odd, __proto__: odd }, { requiredKeys: [] })
    .map((it) => JSON.stringify(it)),
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
  fc.tuple(printable, claims, printable).map(([head, body, tail]) => `${head}.${encoded(body)}.${tail}`),
  printable,
  fc.array(printable).map((parts) => parts.join('.')),
);

describe('a token is read without trust', () => {
  attack('JWTs with hostile claims, or none: an error, or an end that is no date', async () => {
    const tally = new Tally();
    await fc.assert(
      fc.asyncProperty(token, async (given) => {
        let shown: unknown;
        try {
          using client = new PersonaClient({ auth: { token: given } });
          const { expiresAt } = await client.auth.session();
          const end = Date.parse(expiresAt ?? '');
          tally.check(expiresAt === undefined || end > Date.now(), () => `${given}: ${expiresAt}`);
          return;
        } catch (error) {
          shown = error;
        }
        tally.check(shown instanceof PersonaError && given.trim() === '', () => `${given}: ${String(shown)}`);
      }),
      { numRuns: count(20_000, 1_000_000) },
    );
    return tally;
  });
});
