import * as library from 'persona-client';
import {
  PersonaClient,
  PersonaConnectionError,
  PersonaResponseError,
  PersonaTimeoutError,
} from 'persona-client';
import { describe, expect, inject, it } from 'vitest';
import { CASES, smoke } from '../../package/smoke/program.js';

const { service, control } = inject('setting');

describe('in a page', () => {
  const run = smoke({ library, other: library, service, control });
  it.each(CASES)('%s', async (name) => {
    expect(await run(name)).toEqual({ name });
  });
});

describe('what only a browser refuses', () => {
  it('a service that does not allow this origin is no answer, and nothing was applied that is not said', async () => {
    using client = new PersonaClient({ baseUrl: inject('closedService'), retry: false });
    const failure = await client.personas.create({ name: 'Elsewhere' }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(PersonaConnectionError);
    expect(failure).toMatchObject({ attempts: 1, maybeApplied: true }); // a page cannot tell a refusal from a cut connection
  });

  it.each([301, 302, 303, 307, 308])('a redirect (%i), wherever it leads', async (status) => {
    using client = new PersonaClient({ baseUrl: service, auth: { username: 'admin', password: 'secret' } });
    await client.auth.login({ username: 'admin', password: 'secret' });
    for (const location of [`${service}/api/v1/personas/2`, `${inject('closedService')}/api/v1/personas/2`]) {
      const fault = { status, headers: { location }, times: 1, match: { path: '/api/v1/personas/4' } };
      await fetch(`${control}/faults`, { method: 'POST', body: JSON.stringify(fault) });
      const failure = await client.personas.update(4, { name: 'Ada' }).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(PersonaResponseError);
      expect(failure).toMatchObject({ code: 'unexpected_status', attempts: 1 });
    }
  });

  it('answers that the service keeps to itself end at the timeout', async () => {
    using client = new PersonaClient({
      baseUrl: service,
      auth: { username: 'admin', password: 'secret' },
      retry: false,
      timeoutMs: 100,
    });
    await client.auth.login({ username: 'admin', password: 'secret' });
    await fetch(`${control}/faults`, {
      method: 'POST',
      body: JSON.stringify({ stall: true, times: 1, match: { method: 'GET', path: '/api/v1/personas/4' } }),
    });
    const failure = await client.personas.get(4).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(PersonaTimeoutError);
  });
});
