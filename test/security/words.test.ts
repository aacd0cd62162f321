import { inspect } from 'node:util';
import fc from 'fast-check';
import { PersonaClient, PersonaError, PersonaNotFoundError } from 'persona-client';
import { describe } from 'vitest';
import { DIALECTS } from '../support/service.js';
import { CANARIES, leaksIn } from './canaries.js';
import { attack, count, Tally } from './report.js';
import { failureOf, World } from './world.js';

const canary = fc.constantFrom(...Object.values(CANARIES).map(String));
const words = fc.constantFrom(
  'Field',
  "'age'",
  'must be',
  'not',
  'DETAIL:',
  '(psycopg2)',
  'Key',
  '=',
  '; ',
  '\n',
  '\u001b[31m',
);
/** A sentence as a service might say it, with a value of somebody's in it, whole, cut short or packed. */
const sentence = fc
  .array(
    fc.oneof(
      words,
      canary,
      canary.map(encodeURIComponent),
      canary.map((it) => it.slice(0, 9)),
      fc.string(),
    ),
    {
      minLength: 1,
      maxLength: 8,
    },
  )
  .map((parts) => parts.join(' '));
const body = fc.oneof(
  fc.record({ message: sentence, status_code: fc.constant(400), errors: fc.dictionary(sentence, sentence) }),
  fc.record({
    message: sentence,
    errors: fc.dictionary(fc.constantFrom('name', 'city'), fc.array(sentence)),
  }),
  fc.record({ error: sentence, details: fc.array(sentence) }),
  fc.record({ msg: sentence }),
  fc.record({ errors: fc.dictionary(fc.constantFrom('demographic', '__proto__'), fc.array(canary)) }),
  fc.json(),
);
const status = fc.constantFrom(400, 401, 403, 404, 405, 409, 413, 418, 422, 500, 503);
const PERSONA = { name: CANARIES.name, demographic: { city: CANARIES.city } };

// biome-ignore lint/suspicious/noControlCharactersInRegex: this is what it looks for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/;

describe.each(DIALECTS)('the words of a service, %s', (dialect) => {
  attack(`sentences with data in them: data or a control character in the error (${dialect})`, async () => {
    const tally = new Tally();
    await using world = new World({ dialect, auth: false });
    const client = world.connect({ auth: undefined as never, breaker: false });
    await client.personas.list();
    await fc.assert(
      fc.asyncProperty(status, body, async (answered, said) => {
        const text = typeof said === 'string' ? said : JSON.stringify(said);
        const fault = { status: answered, body: text, contentType: 'application/json', times: 1 };
        world.service.faults.add(fault);
        const error = await failureOf(client.personas.update(1, PERSONA));
        const shown = `${inspect(error, { depth: 10 })}${JSON.stringify(error)}${(error as Error).stack}`;
        tally.check(error instanceof PersonaError, () => shown);
        const found = leaksIn(shown);
        tally.check(found.length === 0, () => `${found} in ${shown} after ${text}`);
        tally.check(!CONTROL.test(shown), () => `a control character after ${text}`);
        const { message } = error as Error;
        tally.check(message.length < 1_000 && !message.includes('\n'), () => message);
      }),
      { numRuns: count(2_000, 100_000) },
    );
    return tally;
  });
});

describe('headers of an answer', () => {
  attack('request ids that are none: in meta, or in an error', async () => {
    const tally = new Tally();
    const ids = ['\u001b[31mred', 'a b', '<b>', 'x'.repeat(1_000), '', 'é', '"', '{"a":1}', 'ok\u0085next'];
    for (const id of ids)
      for (const answered of [200, 404, 503]) {
        const answer =
          '{"id":1,"name":"Ada","created_at":"2026-01-01T00:00:00","updated_at":"2026-01-01T00:00:00"}';
        const missing = '{"message":"Persona with ID 1 not found","status_code":404}';
        const fetch = async () => {
          const response = new Response(answered === 200 ? answer : missing, { status: answered });
          Object.defineProperty(response, 'headers', {
            value: { get: (name: string) => (name === 'x-request-id' ? id : null) },
          });
          return response;
        };
        using client = new PersonaClient({ fetch, retry: false, dialect: 'subresource' });
        try {
          const { meta } = await client.withMeta.personas.get(1);
          tally.check(/^[\w-]+$/.test(meta.requestId), () => meta.requestId);
        } catch (error) {
          const { request } = error as PersonaError;
          tally.check(/^[\w-]+$/.test(request?.id ?? ''), () => String(request?.id));
          tally.check(answered !== 404 || error instanceof PersonaNotFoundError, () => String(error));
        }
      }
    return tally;
  });
});
