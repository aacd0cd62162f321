import * as library from 'persona-client';
import {
  PersonaClient,
  PersonaConnectionError,
  PersonaResponseError,
  PersonaTimeoutError,
} from 'persona-client';
import { describe, expect, inject, it } from 'vitest';
import { CASES, createRunner } from '../../package/smoke/program.js';
import { expectRejection } from '../../support/failures.js';

const urls = inject('urls');
const { serviceUrl, controlUrl } = urls;

describe('headers', () => {
  it.each(['cookie', 'origin', 'sec-fetch-mode', 'accept-encoding', 'via', 'host', 'content-length'])(
    'that the browser does not send are invalid: %s',
    (name) => {
      const create = () => new library.PersonaClient({ headers: { [name]: '1' } });
      expect(create).toThrow(library.PersonaValidationError);
    },
  );

  it('that it sends are valid', () => {
    new library.PersonaClient({
      headers: { 'x-tenant': 'a', authorization: 'Basic x', 'if-match': 'x' },
    }).close();
  });
});

describe('the client in a page', () => {
  const run = createRunner({ library, otherCopy: library, ...urls });
  it.each(CASES)('%s', async (name) => {
    expect(await run(name)).toEqual({ name });
  });
});

describe('restrictions of browsers', () => {
  it('a service without CORS for this origin causes a connection error with maybeApplied: true', async () => {
    using client = new PersonaClient({ baseUrl: inject('closedService'), retry: false });
    const error = await expectRejection(
      PersonaConnectionError,
      client.personas.create({ name: 'Elsewhere' }),
    );
    expect(error).toMatchObject({ attempts: 1, maybeApplied: true }); // a page cannot distinguish a CORS failure from a broken connection
  });

  it('composes the schema, although the browser reports a missing route as a failed connection', async () => {
    using client = new PersonaClient({
      baseUrl: inject('strictService'),
      auth: { username: 'admin', password: 'secret' },
      headers: { 'X-Request-Id': null },
      breaker: { failMax: 1 },
    });
    for (let call = 0; call < 2; call++)
      expect(await client.schema.get()).toMatchObject({ source: 'composed', schema: { type: 'object' } });
    expect(client.circuit).toBe('closed');
  });

  describe('a service that allows only the headers Content-Type and Authorization', () => {
    const options = {
      baseUrl: inject('strictService'),
      auth: { username: 'admin', password: 'secret' },
      retry: false,
      cache: false,
    } as const;

    it('works without X-Request-Id', async () => {
      using client = new PersonaClient({ ...options, headers: { 'X-Request-Id': null } });
      const { id } = await client.personas.create({ name: 'Ada' });
      expect(await client.personas.get(id)).toMatchObject({ name: 'Ada' });
      expect((await client.personas.list({ perPage: 1 })).items).toHaveLength(1);
      await client.personas.delete(id);
      await client.auth.refresh();
      await client.auth.logout();
    });

    it('fails by default, and the error says to check CORS', async () => {
      using client = new PersonaClient(options);
      for (const call of [() => client.auth.login(options.auth), () => client.personas.get(1)]) {
        const { message } = await expectRejection(PersonaConnectionError, call());
        expect(message).toContain(`Check CORS first: the service must allow the origin ${location.origin}`);
        expect(message).toContain('and the headers content-type, x-request-id.');
      }
    });
  });

  it('a failed connection to the origin of the page is not blamed on CORS', async () => {
    using client = new PersonaClient({
      baseUrl: location.origin,
      retry: false,
      fetch: () => Promise.reject(),
    });
    const { message } = await expectRejection(PersonaConnectionError, client.personas.get(1));
    expect(message).not.toContain('CORS');
  });

  it.each([301, 302, 303, 307, 308])('the client does not follow a redirect (%i)', async (status) => {
    using client = new PersonaClient({
      baseUrl: serviceUrl,
      auth: { username: 'admin', password: 'secret' },
    });
    await client.auth.login({ username: 'admin', password: 'secret' });
    for (const location of [
      `${serviceUrl}/api/v1/personas/2`,
      `${inject('closedService')}/api/v1/personas/2`,
    ]) {
      const fault = { status, headers: { location }, times: 1, match: { path: '/api/v1/personas/4' } };
      await fetch(`${controlUrl}/faults`, { method: 'POST', body: JSON.stringify(fault) });
      const error = await expectRejection(PersonaResponseError, client.personas.update(4, { name: 'Ada' }));
      expect(error).toMatchObject({ code: 'unexpected_status', attempts: 1 });
    }
  });

  it('a stalled response ends with a timeout', async () => {
    using client = new PersonaClient({
      baseUrl: serviceUrl,
      auth: { username: 'admin', password: 'secret' },
      retry: false,
      timeoutMs: 100,
    });
    await client.auth.login({ username: 'admin', password: 'secret' });
    await fetch(`${controlUrl}/faults`, {
      method: 'POST',
      body: JSON.stringify({ stall: true, times: 1, match: { method: 'GET', path: '/api/v1/personas/4' } }),
    });
    await expectRejection(PersonaTimeoutError, client.personas.get(4));
  });
});
