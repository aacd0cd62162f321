import { PersonaValidationError } from 'persona-client';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../support/failures.js';
import { serve } from '../../support/service.js';

const PAGES: readonly unknown[] = [0, -1, 1.5, 2 ** 53, Number.NaN, '2', null, {}];
const PER_PAGES: readonly unknown[] = [0, 1001, -5, 20.5, Number.POSITIVE_INFINITY, '20', null];

const ROWS = [
  ...PAGES.map((page) => ['page', { page }] as const),
  ...PER_PAGES.map((perPage) => ['perPage', { perPage }] as const),
];

describe('a page that cannot be is refused before anything is sent', () => {
  it.each(ROWS)('personas.list: %s of %o', async (field, query) => {
    const { service, connect } = await serve();
    const error = await failureOf(PersonaValidationError, connect().personas.list(query as object));
    expect(error).toMatchObject({ code: 'invalid_input', attempts: 0 });
    expect(error.issues.map(({ path }) => path)).toEqual([[field]]);
    expect(error.message).toMatch(/must be a whole number from 1 to \d+/);
    expect(service.requests).toEqual([]);
  });

  it.each(PER_PAGES)('personas.iterate: perPage %s', async (perPage) => {
    const { service, connect } = await serve();
    const walking = connect().personas.iterate({ perPage } as object);
    const error = await failureOf(PersonaValidationError, walking.next());
    expect(error.issues.map(({ path }) => path)).toEqual([['perPage']]);
    expect(service.requests).toEqual([]);
  });

  it.each([null, 5, 'x', []])('personas.list: %o for a query', async (query) => {
    const { service, connect } = await serve();
    await failureOf(PersonaValidationError, connect().personas.list(query as never));
    expect(service.requests).toEqual([]);
  });
});

it.each([
  [{ page: 1, perPage: 1 }, '?page=1&per_page=1'],
  [{ page: Number.MAX_SAFE_INTEGER, perPage: 1000 }, '?page=9007199254740991&per_page=1000'],
  [{ page: undefined, perPage: undefined }, '?page=1&per_page=20'],
])('what is just within the bounds is sent: %j', async (query, sent) => {
  const { service, connect } = await serve();
  await connect().personas.list(query);
  expect(service.requests.map(({ path }) => path)).toEqual([`/api/v1/personas${sent}`]);
});

it.each([
  ['category', [5, undefined]],
  ['field', ['contextual', {}]],
])('fieldConfig.get: a %s that is no text', async (name, [category, field]) => {
  const { service, connect } = await serve();
  const call = connect().fieldConfig.get(category as string, field as string);
  const { issues } = await failureOf(PersonaValidationError, call);
  expect(issues.map(({ path }) => path)).toEqual([[name]]);
  expect(service.requests).toEqual([]);
});

it.each([
  ['username', { username: '', password: 'x' }],
  ['password', { username: 'x', password: 5 }],
])('auth.login: a bad %s', async (field, credentials) => {
  const { service, connect } = await serve();
  const error = await failureOf(PersonaValidationError, connect().auth.login(credentials as never));
  expect(error.issues.map(({ path }) => path)).toEqual([[field]]);
  expect(service.requests).toEqual([]);
});
