import { type ClientOptions, PersonaNotFoundError, PersonaResponseError } from 'persona-client';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../support/failures.js';
import { DIALECTS, serve } from '../../support/service.js';

/** Not the persona is missing here but the way to it. Gateways and frameworks each say it in their own words. */
const ROUTE_MISSING: Readonly<Record<string, { body: string; contentType: string }>> = {
  'the page of the attributes dialect': {
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
  'JSON without words': { body: '{}', contentType: 'application/json' },
};

describe('a missing route is not a missing persona', () => {
  it.each(Object.entries(ROUTE_MISSING))('%s', async (_, answer) => {
    const { service, connect } = await serve();
    service.faults.add({ status: 404, ...answer });
    const client = connect({ dialect: 'subresource' });
    for (const call of [
      () => client.personas.get(1),
      () => client.personas.delete(1),
      () => client.psychographic.get(1),
      () => client.demographic.update(1, { city: 'Oslo' }),
      () => client.personas.list(),
    ]) {
      const error = await failureOf(PersonaResponseError, call());
      expect(error).toMatchObject({ code: 'route_not_found', status: 404, maybeApplied: false });
      expect(error.message).toMatch(/no such route/);
      expect(error.message).not.toMatch(/does not exist/);
    }
  });

  it.each(DIALECTS)('a client pinned to the other dialect, against %s', async (dialect) => {
    const { connect } = await serve({ dialect });
    const client = connect({ dialect: dialect === 'subresource' ? 'attributes' : 'subresource' });
    for (const call of [
      () => client.psychographic.get(1),
      () => client.contextual.update(1, { weather: 'rain' }),
      ...(dialect === 'attributes' ? [() => client.demographic.get(1)] : []),
    ]) {
      const error = await failureOf(PersonaResponseError, call());
      expect(error).toMatchObject({ code: 'route_not_found', status: 404 });
      expect(error.message).toMatch(/dialect/);
    }
  });

  it.each(DIALECTS)('a base URL that leads elsewhere: %s', async (dialect) => {
    const { connect, url } = await serve({ dialect });
    for (const wrong of [{ baseUrl: `${url}/elsewhere` }, { apiVersion: 'v2' }] satisfies ClientOptions[]) {
      const error = await failureOf(PersonaResponseError, connect(wrong).personas.get(1));
      expect(error.code).toBe('route_not_found');
      expect(error.message).toMatch(/baseUrl/);
    }
  });
});

describe('a missing persona is not a missing route', () => {
  it.each(DIALECTS)('pinned and found out: %s', async (dialect) => {
    const { connect } = await serve({ dialect });
    for (const client of [connect({ dialect }), connect()]) {
      for (const call of [
        () => client.personas.get(99_999),
        () => client.demographic.get(99_999),
        () => client.demographic.update(99_999, { city: 'Oslo' }),
        () => client.psychographic.get(99_999),
      ])
        expect(await failureOf(PersonaNotFoundError, call())).toMatchObject({ personaId: 99_999 });
    }
  });

  it('even for a client pinned to the other dialect, where the routes are the same', async () => {
    const { connect } = await serve({ dialect: 'subresource' });
    const client = connect({ dialect: 'attributes' });
    expect(await client.demographic.get(1)).toHaveProperty('city');
    await failureOf(PersonaNotFoundError, client.demographic.get(99_999));
  });
});
