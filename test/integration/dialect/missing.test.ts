import { type ClientOptions, PersonaNotFoundError, PersonaResponseError } from 'persona-client';
import { describe, expect, it } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { DIALECTS, startService } from '../../support/service.js';

/** The 404 responses of services, gateways and frameworks that have no such route. */
const ROUTE_NOT_FOUND: Readonly<Record<string, { body: string; contentType: string }>> = {
  'the HTML page of the attributes dialect': {
    body: '<!doctype html>\n<title>404 Not Found</title>\n<h1>Not Found</h1>',
    contentType: 'text/html; charset=utf-8',
  },
  'the JSON of subresource': {
    body: '{"message":"Not found","status_code":404}',
    contentType: 'application/json',
  },
  'an API gateway': {
    body: '{"message":"no Route matched with those values"}',
    contentType: 'application/json',
  },
  'a cloud gateway': { body: '{"message":"Not Found"}', contentType: 'application/json' },
  'a framework': {
    body: '{"message":"Route GET:/api/v1/personas/1 not found","error":"Not Found","statusCode":404}',
    contentType: 'application/json',
  },
  'another framework': {
    body: '{"status":404,"error":"Not Found","path":"/api/v1/personas/1"}',
    contentType: 'application/json',
  },
  'an empty body': { body: '', contentType: 'text/plain' },
  'an empty JSON object': { body: '{}', contentType: 'application/json' },
};

describe('a 404 for a missing route', () => {
  it.each(Object.entries(ROUTE_NOT_FOUND))(
    'is not reported as a missing persona: %s',
    async (_, response) => {
      const { service, connect } = await startService();
      service.faults.add({ status: 404, ...response });
      const client = connect({ dialect: 'subresource' });
      for (const call of [
        () => client.personas.get(1),
        () => client.personas.delete(1),
        () => client.psychographic.get(1),
        () => client.demographic.update(1, { city: 'Oslo' }),
        () => client.personas.list(),
      ]) {
        const error = await expectRejection(PersonaResponseError, call());
        expect(error).toMatchObject({ code: 'route_not_found', status: 404, maybeApplied: false });
        expect(error.message).toMatch(/no such route/);
        expect(error.message).not.toMatch(/does not exist/);
      }
    },
  );

  it.each(DIALECTS)('is reported if the client has the wrong dialect: %s', async (dialect) => {
    const { connect } = await startService({ dialect });
    const client = connect({ dialect: dialect === 'subresource' ? 'attributes' : 'subresource' });
    for (const call of [
      () => client.psychographic.get(1),
      () => client.contextual.update(1, { weather: 'rain' }),
      ...(dialect === 'attributes' ? [() => client.demographic.get(1)] : []),
    ]) {
      const error = await expectRejection(PersonaResponseError, call());
      expect(error).toMatchObject({ code: 'route_not_found', status: 404 });
      expect(error.message).toMatch(/dialect/);
    }
  });

  it.each(DIALECTS)('is reported if the base URL is wrong: %s', async (dialect) => {
    const { connect, url } = await startService({ dialect });
    for (const options of [{ baseUrl: `${url}/elsewhere` }, { apiVersion: 'v2' }] satisfies ClientOptions[]) {
      const error = await expectRejection(PersonaResponseError, connect(options).personas.get(1));
      expect(error.code).toBe('route_not_found');
      expect(error.message).toMatch(/baseUrl/);
    }
  });
});

describe('a 404 for a missing persona', () => {
  it.each(DIALECTS)('is reported with a configured and with a detected dialect: %s', async (dialect) => {
    const { connect } = await startService({ dialect });
    for (const client of [connect({ dialect }), connect()]) {
      for (const call of [
        () => client.personas.get(99_999),
        () => client.demographic.get(99_999),
        () => client.demographic.update(99_999, { city: 'Oslo' }),
        () => client.psychographic.get(99_999),
      ])
        expect(await expectRejection(PersonaNotFoundError, call())).toMatchObject({ personaId: 99_999 });
    }
  });

  it('is reported with the wrong dialect, if the route is the same', async () => {
    const { connect } = await startService({ dialect: 'subresource' });
    const client = connect({ dialect: 'attributes' });
    expect(await client.demographic.get(1)).toHaveProperty('city');
    await expectRejection(PersonaNotFoundError, client.demographic.get(99_999));
  });
});
