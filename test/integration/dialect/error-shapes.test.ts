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
import { failureOf } from '../../support/failures.js';
import { DIALECTS, serve } from '../../support/service.js';

const json = (body: unknown) => ({ contentType: 'application/json', body: JSON.stringify(body) });

const SHAPES = {
  subresource: (status: number, message: string) => json({ message, status_code: status }),
  attributes: (_: number, error: string) => json({ error }),
} as const;

const KINDS = [
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

describe.each(DIALECTS)('statuses in the error shape of %s', (dialect) => {
  it.each(KINDS)('%d', async (status, kind, code) => {
    const { service, connect } = await serve({ dialect });
    service.faults.add({ status, ...SHAPES[dialect](status, 'Because I say so') });
    const error = await failureOf<PersonaError>(
      kind,
      connect({ retry: false }).personas.update(1, { name: 'x' }),
    );
    expect(error).toMatchObject({ name: kind.kind, code, status, attempts: 1 });
    expect(error.request?.id).toBe(service.requests[0]?.headers['x-request-id']);
    expect(error.message).toContain(`${status}`);
    const others = KINDS.map(([, other]) => other).filter((other) => other !== kind);
    expect(others.filter((other) => error instanceof other)).toEqual([]);
    expect(error).toBeInstanceOf(PersonaError);
  });

  it('a 500 that quotes SQL and data is not quoted', async () => {
    const { service, connect } = await serve({ dialect });
    const secret = "[parameters: {'name': 'Ada'}]";
    service.faults.add({ status: 500, ...SHAPES[dialect](500, `(psycopg2.DataError) ${secret}`) });
    const error = await failureOf(PersonaServerError, connect({ retry: false }).personas.get(1));
    expect(`${error.message}${error.stack}${JSON.stringify(error)}`).not.toMatch(/psycopg2|Ada/);
  });
});

it.each([
  [401, { msg: 'Token has expired' }],
  [401, { msg: 'Missing Authorization Header' }],
  [401, { msg: 'Token has been revoked' }],
  [422, { msg: 'Signature verification failed' }],
  [422, { msg: 'Not enough segments' }],
])('the JWT layer: %d %j', async (status, body) => {
  const { service, connect } = await serve();
  service.faults.add({ status, ...json(body) });
  const error = await failureOf(PersonaAuthenticationError, connect().personas.get(1));
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
    'a nested object, as a list of field names',
    { message: 'no', status_code: 400, errors: { demographic: ['age', 'postal_code'] } },
    [
      { path: ['demographic', 'age'], message: 'refused by the service' },
      { path: ['demographic', 'postal_code'], message: 'refused by the service' },
    ],
  ],
  [
    'sentences that quote the field',
    { error: 'no', details: ["Field 'season' must be one of: spring, summer"] },
    [{ path: ['season'], message: "Field 'season' must be one of: …" }],
  ],
  [
    'sentences that begin with the field, and one that names none',
    { error: 'no', details: ['age must be 0 to 120', 'demographic.city: too long', 'Try again'] },
    [
      { path: ['age'], message: 'age must be 0 to 120' },
      { path: ['demographic', 'city'], message: 'demographic.city: too long' },
      { path: [], message: 'Try again' },
    ],
  ],
  ['nothing but a message', { error: 'Name is required' }, []],
];

it.each(ISSUES)('issues from %s', async (_, body, issues) => {
  const { service, connect } = await serve();
  service.faults.add({ status: 400, ...json(body) });
  const sent = {
    name: 'Ada',
    demographic: { age: 3, city: 'Rome', postal_code: 1 },
    contextual: { season: 'fall' },
  };
  const error = await failureOf(PersonaValidationError, connect().personas.update(1, sent));
  expect(error).toMatchObject({ code: 'rejected_input', status: 400, issues, maybeApplied: false });
});

describe('issues by the services themselves', () => {
  const wrong = { interests: 'music', shoe_size: 44 } as unknown as Psychographic;

  it('subresource: by field, and through the persona', async () => {
    const client = (await serve({ dialect: 'subresource' })).connect();
    const direct = await failureOf(PersonaValidationError, client.psychographic.update(1, wrong));
    expect(direct.issues.map(({ path }) => path)).toEqual([['interests'], ['shoe_size']]);
    const whole = await failureOf(
      PersonaValidationError,
      client.personas.update(1, { psychographic: wrong }),
    );
    expect(whole.issues.map(({ path }) => path)).toEqual([
      ['psychographic', 'interests'],
      ['psychographic', 'shoe_size'],
    ]);
  });

  it('attributes: only the fields it was configured with', async () => {
    const badges = { name: 'badges', type: 'list', label: 'Badges', description: '' } as const;
    const fieldConfig = { psychographic: { label: '', description: '', fields: [badges] } };
    const client = (await serve({ dialect: 'attributes', fieldConfig })).connect();
    const unread = { badges: 'one', shoe_size: 44 }; // of a config that the client has not read
    const direct = await failureOf(PersonaValidationError, client.psychographic.update(1, unread));
    expect(direct.issues).toEqual([{ path: ['badges'], message: "Field 'badges' must be of type list" }]);
  });
});
