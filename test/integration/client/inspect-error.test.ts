import { inspect } from 'node:util';
import { PersonaClient, PersonaError, PersonaValidationError } from 'persona-client';
import { createPersonaService } from 'persona-client/testing';
import { expect, it } from 'vitest';

const getError = (call: Promise<unknown>): Promise<PersonaError> =>
  call.then(
    () => expect.unreachable('the call succeeded'),
    (error) => error,
  );

/** Returns the lines after the stack. */
const getDetails = (error: PersonaError, options = {}): string[] =>
  inspect(error, options).slice(String(error.stack).length).split('\n').slice(1);

const createUnavailableClient = () =>
  new PersonaClient({
    fetch: async () =>
      new Response('{"error":"down"}', { status: 503, headers: { 'content-type': 'application/json' } }),
    dialect: 'subresource',
    retry: { limit: 8, backoffMs: 1 },
    breaker: false,
  });

const createInvalidError = () =>
  new PersonaValidationError('invalid', {
    request: { id: 'request-1', method: 'PUT', url: 'http://localhost/api/v1/personas/1' },
    status: 400,
    issues: Array.from({ length: 20 }, (_, index) => ({ path: ['demographic', index], message: 'is wrong' })),
    timeline: Array.from({ length: 100 }, (_, index) => ({
      event: 'request' as const,
      attempt: index,
      method: 'PUT',
      url: 'http://localhost/api/v1/personas/1',
      elapsedMs: index + 0.4567,
      remainingMs: 1.2345,
    })),
    cause: new Error('the cause'),
  });

it('prints the code, the request, and the last five events in whole milliseconds', async () => {
  const error = await getError(createUnavailableClient().personas.get(1));
  const details = getDetails(error);
  expect(details[0]).toContain('code: server_error, attempts: 9, maybeApplied: false, status: 503');
  expect(details[1]).toContain(
    `request: GET http://localhost:5050/api/v1/personas/1 (id ${error.request?.id})`,
  );
  expect(details[2]).toContain('timeline (5 of 27):');
  expect(details).toHaveLength(8);
  expect(details.at(-1)).toMatch(/^ {4}\d+ ms: response attempt: 9, durationMs: \d+, status: 503$/);
  expect(inspect(error)).not.toMatch(/\d\.\d{2}/);
});

it('prints at most 15 lines besides the stack, the issues first', () => {
  const details = getDetails(createInvalidError());
  expect(details).toHaveLength(15);
  const issues = details.findIndex((line) => line.includes('issues (3 of 20):'));
  expect(details[issues + 1]).toContain('demographic.0: is wrong');
  expect(details.findIndex((line) => line.includes('timeline (5 of 100):'))).toBeGreaterThan(issues);
  expect(details.join('\n')).toContain('cause: Error: the cause');
});

it.each([
  ['colors', { colors: true }],
  ['a depth of 0', { depth: 0 }],
  ['an unlimited depth', { depth: null }],
])('prints the same with %s', (_, options) => {
  const error = createInvalidError();
  expect(getDetails(error, options)).toEqual(getDetails(error));
});

it('prints nested errors with indentation, and one line below the depth', () => {
  const error = createInvalidError();
  expect(inspect({ error })).toContain('\n    code: invalid_input');
  expect(inspect(new AggregateError([error]))).toContain('code: invalid_input');
  expect(inspect(new Error('outer', { cause: error }))).toContain('code: invalid_input');
  expect(inspect({ a: [[{ error }]] }, { depth: 2 })).not.toContain('timeline');
});

it.each([
  ['a text', 'text'],
  ['an object without a prototype', Object.create(null)],
  ['null', null],
  ['a symbol', Symbol('reason')],
])('prints an error whose cause is %s', (_, cause) => {
  expect(inspect(new PersonaError('failed', { code: 'aborted', cause }))).toContain('cause: ');
});

it('console.log prints the prototype of an error class', () => {
  new PersonaClient();
  expect(inspect(PersonaError.prototype)).toContain('PersonaError');
});

it('names the rejected fields in the message', async () => {
  const client = new PersonaClient({ fetch: createPersonaService({ dialect: 'subresource' }).fetch });
  const update = (fields: object) => getError(client.psychographic.update(1, fields as never));
  expect((await update({ interest: ['music'] })).message).toContain('interest: ');
});
