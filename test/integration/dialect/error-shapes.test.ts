import {
  PersonaAuthenticationError,
  PersonaConflictError,
  PersonaError,
  type PersonaIssue,
  PersonaPermissionError,
  PersonaRateLimitError,
  PersonaResponseError,
  PersonaServerError,
  PersonaValidationError,
  type Psychographic,
} from 'persona-client';
import { describe, expect, it } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { DIALECTS, jsonBody, startService, withOpenTypes } from '../../support/service.js';

const ERROR_SHAPES = {
  subresource: (status: number, message: string) => jsonBody({ message, status_code: status }),
  attributes: (_: number, error: string) => jsonBody({ error }),
} as const;

const ERRORS_BY_STATUS = [
  [400, PersonaValidationError, 'rejected_input'],
  [401, PersonaAuthenticationError, 'unauthenticated'],
  [403, PersonaPermissionError, 'forbidden'],
  [405, PersonaResponseError, 'unexpected_status'],
  [409, PersonaConflictError, 'conflict'],
  [413, PersonaResponseError, 'unexpected_status'],
  [422, PersonaValidationError, 'rejected_input'],
  [429, PersonaRateLimitError, 'rate_limited'],
  [500, PersonaServerError, 'server_error'],
  [503, PersonaServerError, 'server_error'],
] as const;

describe.each(DIALECTS)('errors in the shape of %s', (dialect) => {
  it.each(ERRORS_BY_STATUS)('maps %d to its error class', async (status, errorClass, code) => {
    const { service, connect } = await startService({ dialect });
    service.faults.add({ status, ...ERROR_SHAPES[dialect](status, 'Because') });
    const error = await expectRejection<PersonaError>(
      errorClass,
      connect({ retry: false }).personas.update(1, { name: 'x' }),
    );
    expect(error).toMatchObject({ name: errorClass.kind, code, status, attempts: 1 });
    expect(error.request?.id).toBe(service.requests[0]?.headers['x-request-id']);
    expect(error.message).toContain(`${status}`);
    const otherClasses = ERRORS_BY_STATUS.map(([, other]) => other).filter((other) => other !== errorClass);
    expect(otherClasses.filter((other) => error instanceof other)).toEqual([]);
    expect(error).toBeInstanceOf(PersonaError);
  });

  it('does not quote SQL and data from a 500', async () => {
    const { service, connect } = await startService({ dialect });
    const secret = "[parameters: {'name': 'Ada'}]";
    service.faults.add({ status: 500, ...ERROR_SHAPES[dialect](500, `(psycopg2.DataError) ${secret}`) });
    const error = await expectRejection(PersonaServerError, connect({ retry: false }).personas.get(1));
    expect(`${error.message}${error.stack}${JSON.stringify(error)}`).not.toMatch(/psycopg2|Ada/);
  });
});

it.each([
  [401, { msg: 'Token has expired' }],
  [401, { msg: 'Missing Authorization Header' }],
  [401, { msg: 'Token has been revoked' }],
  [422, { msg: 'Signature verification failed' }],
  [422, { msg: 'Not enough segments' }],
])('maps %d %j of the JWT library to unauthenticated', async (status, body) => {
  const { service, connect } = await startService();
  service.faults.add({ status, ...jsonBody(body) });
  const error = await expectRejection(PersonaAuthenticationError, connect().personas.get(1));
  expect(error).toMatchObject({ code: 'unauthenticated', status });
  expect(error.message).toContain(body.msg);
});

const ISSUES: readonly [string, object, readonly PersonaIssue[]][] = [
  [
    'reasons by field',
    {
      message: 'no',
      status_code: 400,
      errors: { name: ['Too long.', 'Too loud for Ada.'], age: ['Not an integer.'] },
    },
    [
      { path: ['name'], message: 'Too long' },
      { path: ['name'], message: 'Too … for …' },
      { path: ['age'], message: 'Not an integer' },
    ],
  ],
  [
    'field names of a nested object',
    { message: 'no', status_code: 400, errors: { contextual: ['season', 'shoe_size'] } },
    [
      { path: ['contextual', 'season'], message: 'rejected by the service' },
      { path: ['contextual', 'shoe_size'], message: 'rejected by the service' },
    ],
  ],
  [
    'sentences that quote the field',
    { error: 'no', details: ["Field 'season' must be one of: spring, summer"] },
    [{ path: ['season'], message: "Field 'season' must be one of: …" }],
  ],
  [
    'sentences that start with the field, and one without a field',
    { error: 'no', details: ['age must be 0 to 120', 'demographic.city: too long', 'Try again'] },
    [
      { path: ['age'], message: 'age must be 0 to 120' },
      { path: ['demographic', 'city'], message: 'demographic.city: too long' },
      { path: [], message: 'Try again' },
    ],
  ],
  ['an error without details', { error: 'Name is required' }, []],
  [
    'positions in a list',
    { message: 'no', status_code: 400, errors: { contextual: ['0'] } },
    [{ path: ['contextual', 0], message: 'rejected by the service' }],
  ],
  [
    'details that are one sentence',
    { error: 'Invalid contextual data', details: 'Data must be a dictionary' },
    [{ path: [], message: 'Data must be a dictionary' }],
  ],
];

it.each(ISSUES)('parses issues from %s', async (_, body, issues) => {
  const { service, connect } = await startService();
  service.faults.add({ status: 400, ...jsonBody(body) });
  const input = {
    name: 'Ada',
    demographic: { age: 3, city: 'Rome' },
    contextual: { season: 'fall', shoe_size: 1 },
  };
  const error = await expectRejection(
    PersonaValidationError,
    withOpenTypes(connect()).personas.update(1, input),
  );
  expect(error).toMatchObject({ code: 'rejected_input', status: 400, issues, maybeApplied: false });
});

it('separates the status from the fields if the service sends no message', async () => {
  const { service, connect } = await startService();
  service.faults.add({ status: 422, ...jsonBody({ errors: { name: ['bad'] } }) });
  const error = await expectRejection(PersonaValidationError, connect().personas.update(1, { name: 'Ada' }));
  expect(error.message).toContain(' failed with 422: name: ');
});

describe('issues of the services', () => {
  const invalid = { interests: 'music', shoe_size: 44 } as unknown as Psychographic;

  it('have the path of the field in the subresource dialect, also within a persona', async () => {
    const client = (await startService({ dialect: 'subresource' })).connect();
    const direct = await expectRejection(PersonaValidationError, client.psychographic.update(1, invalid));
    expect(direct.issues.map(({ path }) => path)).toEqual([['interests'], ['shoe_size']]);
    const nested = await expectRejection(
      PersonaValidationError,
      client.personas.update(1, { psychographic: invalid }),
    );
    expect(nested.issues.map(({ path }) => path)).toEqual([
      ['psychographic', 'interests'],
      ['psychographic', 'shoe_size'],
    ]);
  });

  it('cover configured fields in the attributes dialect', async () => {
    const badges = { name: 'badges', type: 'list', label: 'Badges', description: '' } as const;
    const fieldConfig = { psychographic: { label: '', description: '', fields: [badges] } };
    const client = withOpenTypes((await startService({ dialect: 'attributes', fieldConfig })).connect());
    // The client has not read this configuration.
    const unchecked = { badges: 'one', shoe_size: 44 };
    const direct = await expectRejection(PersonaValidationError, client.psychographic.update(1, unchecked));
    expect(direct.issues).toEqual([{ path: ['badges'], message: "Field 'badges' must be a list" }]);
  });
});
