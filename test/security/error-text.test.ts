import { inspect } from 'node:util';
import fc from 'fast-check';
import { PersonaClient, PersonaError, PersonaNotFoundError } from 'persona-client';
import { describe } from 'vitest';
import { catchError } from '../support/failures.js';
import { DIALECTS } from '../support/service.js';
import { AttackTally, attack, runCount } from './attack.js';
import { CANARIES, findLeaks } from './canaries.js';
import { ServiceFixture } from './service-fixture.js';

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
/** A sentence of a service that contains a secret value: whole, truncated, or encoded. */
const sentence = fc
  .array(
    fc.oneof(
      words,
      canary,
      canary.map(encodeURIComponent),
      canary.map((text) => text.slice(0, 9)),
      fc.string(),
    ),
    {
      minLength: 1,
      maxLength: 8,
    },
  )
  .map((parts) => parts.join(' '));
/** The sentence that lists options, with sent values in the place of a field name or of options. */
const sent = fc.constantFrom(CANARIES.name, CANARIES.city).chain((text) =>
  fc.oneof(
    fc.constant(text),
    fc.constantFrom(...text.split(' ')),
    fc.nat(text.length).map((length) => text.slice(0, length + 9)),
  ),
);
const optionsSentence = fc
  .tuple(
    fc.oneof(sent, fc.constantFrom('age', 'season')),
    fc.array(fc.oneof(sent, fc.constant('low')), { minLength: 1 }),
  )
  .map(([field, options]) => `Field '${field}' must be one of: ${options.join(', ')}`);
const body = fc.oneof(
  fc.record({ message: sentence, status_code: fc.constant(400), errors: fc.dictionary(sentence, sentence) }),
  fc.record({
    message: sentence,
    errors: fc.dictionary(fc.constantFrom('name', 'city'), fc.array(sentence)),
  }),
  fc.record({ error: sentence, details: fc.array(fc.oneof(sentence, optionsSentence)) }),
  fc.record({ error: optionsSentence }),
  fc.record({ msg: sentence }),
  fc.record({ errors: fc.dictionary(fc.constantFrom('demographic', '__proto__'), fc.array(canary)) }),
  fc.json(),
);
const status = fc.constantFrom(400, 401, 403, 404, 405, 409, 413, 418, 422, 500, 503);
const CANARY_INPUT = { name: CANARIES.name, demographic: { city: CANARIES.city } };

// biome-ignore lint/suspicious/noControlCharactersInRegex: the test searches for control characters
const CONTROL_CHARACTER = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/;

describe.each(DIALECTS)('error texts of a service, %s', (dialect) => {
  attack('keeps data and control characters out of the error', async () => {
    const tally = new AttackTally();
    await using fixture = new ServiceFixture({ dialect, auth: false });
    const client = fixture.connect({ auth: undefined as never, breaker: false });
    await client.personas.list();
    await fc.assert(
      fc.asyncProperty(status, body, async (statusCode, bodyValue) => {
        const text = typeof bodyValue === 'string' ? bodyValue : JSON.stringify(bodyValue);
        const fault = { status: statusCode, body: text, contentType: 'application/json', times: 1 };
        fixture.service.faults.add(fault);
        const error = await catchError(client.personas.update(1, CANARY_INPUT));
        const printed = `${inspect(error, { depth: 10 })}${JSON.stringify(error)}${(error as Error).stack}`;
        tally.check(error instanceof PersonaError, () => printed);
        const found = findLeaks(printed);
        tally.check(found.length === 0, () => `${found} in ${printed} after ${text}`);
        tally.check(!CONTROL_CHARACTER.test(printed), () => `a control character after ${text}`);
        const { message } = error as Error;
        tally.check(message.length < 1_000 && !message.includes('\n'), () => message);
      }),
      { numRuns: runCount(2_000, 100_000) },
    );
    return tally;
  });
});

describe.each(DIALECTS)('a sentence that lists options, %s', (dialect) => {
  attack('repeats no credential of the request and no data', async () => {
    const tally = new AttackTally();
    const { accessToken, refreshToken, apiKey } = CANARIES;
    const list = `${CANARIES.storedName}, Kanaria11, 078-05-1120, kanaria8 knitting`;
    const fetch = async (_: unknown, init: RequestInit = {}) => {
      const received = new Headers(init.headers);
      const token = received.get('authorization')?.replace('Bearer ', '');
      const sentence = `Field 'Kanaria11' must be one of: ${token}, ${received.get('x-api-key')}, ${list}`;
      return Response.json({ error: sentence, details: [sentence] }, { status: 400 });
    };
    const auth = { accessToken, refreshToken };
    const headers = { 'x-api-key': apiKey };
    using client = new PersonaClient({ fetch, headers, auth, dialect, baseUrl: 'http://localhost' });
    const calls = [
      client.personas.get(1),
      client.personas.update(1, { name: 'Ada' }),
      client.personas.list(),
      client.auth.refresh(),
      client.auth.login({ username: 'ada', password: CANARIES.password }),
    ];
    for (const error of await Promise.all(calls.map(catchError))) {
      const printed = `${inspect(error, { depth: 10 })}${JSON.stringify(error)}${(error as Error).stack}`;
      tally.check(error instanceof PersonaError, () => printed);
      tally.check(findLeaks(printed).length === 0 && !printed.includes('078-05'), () => printed);
    }
    return tally;
  });
});

describe('response headers', () => {
  attack('ignores invalid request ids in metadata and errors', async () => {
    const tally = new AttackTally();
    const ids = ['\u001b[31mred', 'a b', '<b>', 'x'.repeat(1_000), '', 'é', '"', '{"a":1}', 'ok\u0085next'];
    for (const id of ids)
      for (const statusCode of [200, 404, 503]) {
        const personaBody =
          '{"id":1,"name":"Ada","created_at":"2026-01-01T00:00:00","updated_at":"2026-01-01T00:00:00"}';
        const notFoundBody = '{"message":"Persona with ID 1 not found","status_code":404}';
        const fetch = async () => {
          const response = new Response(statusCode === 200 ? personaBody : notFoundBody, {
            status: statusCode,
          });
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
          tally.check(statusCode !== 404 || error instanceof PersonaNotFoundError, () => String(error));
        }
      }
    return tally;
  });
});
