import { PersonaValidationError } from 'persona-client';
import { describe, expect, it } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { startService } from '../../support/service.js';

const PAGES: readonly unknown[] = [0, -1, 1.5, 2 ** 53, Number.NaN, '2', null, {}];
const PER_PAGES: readonly unknown[] = [0, 1001, -5, 20.5, Number.POSITIVE_INFINITY, '20', null];

const ROWS = [
  ...PAGES.map((page) => ['page', { page }] as const),
  ...PER_PAGES.map((perPage) => ['perPage', { perPage }] as const),
];

describe('an invalid page', () => {
  it.each(ROWS)('personas.list rejects %s in %o', async (field, query) => {
    const { service, connect } = await startService();
    const error = await expectRejection(PersonaValidationError, connect().personas.list(query as object));
    expect(error).toMatchObject({ code: 'invalid_input', attempts: 0 });
    expect(error.issues.map(({ path }) => path)).toEqual([[field]]);
    expect(error.message).toMatch(/must be a whole number from 1 to \d+/);
    expect(service.requests).toEqual([]);
  });

  it.each(PER_PAGES)('personas.iterate rejects perPage %s', async (perPage) => {
    const { service, connect } = await startService();
    const iterator = connect().personas.iterate({ perPage } as object);
    const error = await expectRejection(PersonaValidationError, iterator.next());
    expect(error.issues.map(({ path }) => path)).toEqual([['perPage']]);
    expect(service.requests).toEqual([]);
  });

  it.each([null, 5, 'x', []])('personas.list rejects the query %o', async (query) => {
    const { service, connect } = await startService();
    await expectRejection(PersonaValidationError, connect().personas.list(query as never));
    expect(service.requests).toEqual([]);
  });
});

it.each([
  [{ page: 1, perPage: 1 }, '?page=1&per_page=1'],
  [{ page: Number.MAX_SAFE_INTEGER, perPage: 1000 }, '?page=9007199254740991&per_page=1000'],
  [{ page: undefined, perPage: undefined }, '?page=1&per_page=20'],
])('accepts the limits %j', async (query, search) => {
  const { service, connect } = await startService();
  await connect().personas.list(query);
  expect(service.requests.map(({ path }) => path)).toEqual([`/api/v1/personas${search}`]);
});

it.each([
  ['category', [5, undefined]],
  ['field', ['contextual', {}]],
])('fieldConfig.get rejects a %s that is not a string', async (name, [category, field]) => {
  const { service, connect } = await startService();
  const call = connect().fieldConfig.get(category as string, field as string);
  const { issues } = await expectRejection(PersonaValidationError, call);
  expect(issues.map(({ path }) => path)).toEqual([[name]]);
  expect(service.requests).toEqual([]);
});

it.each([
  ['username', { username: '', password: 'x' }],
  ['password', { username: 'x', password: 5 }],
])('auth.login rejects an invalid %s', async (field, credentials) => {
  const { service, connect } = await startService();
  const error = await expectRejection(PersonaValidationError, connect().auth.login(credentials as never));
  expect(error.issues.map(({ path }) => path)).toEqual([[field]]);
  expect(service.requests).toEqual([]);
});
