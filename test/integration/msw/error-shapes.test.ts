import { HttpResponse, http } from 'msw';
import {
  PersonaAuthenticationError,
  PersonaError,
  PersonaNotFoundError,
  PersonaPermissionError,
  PersonaResponseError,
  PersonaServerError,
  PersonaValidationError,
} from 'persona-client';
import { expect, it } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { createTestClient } from '../../support/service.js';
import { API, BASE, setupMswServer } from './server.js';

const server = setupMswServer();

const ERROR_BODIES = [
  ['subresource', 404, { message: 'Persona with ID 7 not found', status_code: 404 }, PersonaNotFoundError],
  ['attributes', 404, { error: 'Persona not found' }, PersonaNotFoundError],
  ['subresource', 404, { message: 'Not found', status_code: 404 }, PersonaResponseError],
  ['subresource', 400, { message: 'Validation error', status_code: 400, errors: {} }, PersonaValidationError],
  ['attributes', 400, { error: 'Invalid attributes', details: [] }, PersonaValidationError],
  ['the JWT layer', 401, { msg: 'Token has been revoked' }, PersonaAuthenticationError],
  ['the JWT layer', 422, { msg: 'Not enough segments' }, PersonaAuthenticationError],
  ['a gateway', 403, { Message: 'User is not authorized' }, PersonaPermissionError],
  ['attributes', 500, { error: "(sqlite3.Error) [parameters: ('Ada',)]" }, PersonaServerError],
] as const;

it.each(ERROR_BODIES)('maps an error of %s to its class: %d %j', async (_, status, body, kind) => {
  let sent: string | null = null;
  server.use(
    http.put(`${API}/personas/7`, ({ request }) => {
      sent = request.headers.get('x-request-id');
      return HttpResponse.json(body, { status });
    }),
  );
  const update = createTestClient({ baseUrl: BASE, retry: false }).personas.update(7, { name: 'Ada' });
  const error = await expectRejection<PersonaError>(kind, update);
  expect(error).toBeInstanceOf(PersonaError);
  expect(error).toMatchObject({ name: kind.kind, status, attempts: 1 });
  expect(error.request).toEqual({ id: sent, method: 'PUT', url: `${API}/personas/7` });
  expect(JSON.stringify(error)).not.toContain('Ada');
});

it.each([301, 302, 303, 307, 308])('does not follow a redirect with %d', async (status) => {
  const followed: string[] = [];
  server.use(
    http.post(`${API}/auth/login`, () =>
      HttpResponse.text('', { status, headers: { location: 'http://elsewhere.test/login' } }),
    ),
    http.all('http://elsewhere.test/*', ({ request }) => {
      followed.push(request.url);
      return HttpResponse.json({ access_token: 'stolen' });
    }),
  );
  const login = createTestClient({ baseUrl: BASE }).auth.login({ username: 'ada', password: 'hunter2' });
  const error = await expectRejection(PersonaResponseError, login);
  expect(error).toMatchObject({ code: 'unexpected_status' });
  expect(error.message).toMatch(/does not follow redirects/);
  expect(followed).toEqual([]);
});

it('does not call a 304 to an unconditional request a redirect', async () => {
  server.use(http.get(`${API}/personas/7`, () => new HttpResponse(null, { status: 304 })));
  const read = createTestClient({ baseUrl: BASE, dialect: 'subresource' }).personas.get(7);
  const error = await expectRejection(PersonaResponseError, read);
  expect(error).toMatchObject({ code: 'unexpected_status', status: 304, attempts: 1 });
  expect(error.message).toContain('failed with 304, although the client sent no condition');
});
