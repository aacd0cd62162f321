import { type ClientOptions, PersonaClient, PersonaValidationError } from 'persona-client';
import { createMany, updateMany } from 'persona-client/collections';
import { expect, it } from 'vitest';
import { catchError } from '../../support/failures.js';
import { DIALECTS, startService } from '../../support/service.js';

/** A value that the caller forgot to await. It is valid once it is awaited. */
const pending = (value: unknown): never => Promise.resolve(value) as never;

const CALLS: Readonly<Record<string, [path: string, (client: PersonaClient) => unknown]>> = {
  'an id': ['id', ({ personas }) => personas.get(pending(1))],
  'a page': ['page', ({ personas }) => personas.list({ page: pending(1) })],
  'the name of a persona': ['name', ({ personas }) => personas.create({ name: pending('Ada') })],
  'the data of an update': ['data', ({ personas }) => personas.update(1, pending({ name: 'Ada' }))],
  'the data of a category': ['data', ({ psychographic }) => psychographic.update(1, pending({}))],
  'a condition': [
    'ifUnmodifiedSince',
    ({ personas }) =>
      personas.update(1, { name: 'Ada' }, { ifUnmodifiedSince: pending('2026-01-01T00:00:00') }),
  ],
  'a password': ['password', ({ auth }) => auth.login({ username: 'ada', password: pending('secret') })],
  'a request option': ['timeoutMs', ({ personas }) => personas.get(1, { timeoutMs: pending(1_000) })],
  'a token of a view': ['auth.token', (client) => client.as({ token: pending('a-token') })],
  'an item of createMany': ['name', (client) => failItem(createMany(client, [{ name: pending('Ada') }]))],
  'an item of updateMany': [
    'data',
    (client) => failItem(updateMany(client, [{ id: 1, data: pending({ name: 'Ada' }) }])),
  ],
};

async function failItem(results: AsyncIterable<{ readonly ok: boolean; readonly error?: unknown }>) {
  for await (const { error } of results) throw error;
}

it.each(
  DIALECTS.flatMap((dialect) =>
    Object.entries(CALLS).map(([name, call]) => [name, dialect, ...call] as const),
  ),
)('names %s that is a promise, and sends nothing (%s)', async (_, dialect, path, call) => {
  const { service, connect } = await startService({ dialect });
  const error = await catchError((async () => call(connect({ dialect })))());
  expect(error).toBeInstanceOf(PersonaValidationError);
  expect((error as PersonaValidationError).issues.map((issue) => issue.path.join('.'))).toEqual([path]);
  expect(service.requests).toEqual([]);
});

it.each<[string, ClientOptions]>([
  ['baseUrl', { baseUrl: pending('http://localhost:5050') }],
  ['auth.token', { auth: { token: pending('a-token') } }],
  ['cache.ttlMs', { cache: { ttlMs: pending(1_000) } }],
  ['fetch', { fetch: pending(fetch) }],
])('names the option %s that is a promise', async (path, options) => {
  const error = await catchError((async () => new PersonaClient(options))());
  expect((error as PersonaValidationError).issues.map((issue) => issue.path.join('.'))).toEqual([path]);
});
