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
