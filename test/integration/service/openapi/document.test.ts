import { execFileSync } from 'node:child_process';
import { Validator } from '@seriousme/openapi-schema-validator';
import { PersonaClient } from 'persona-client';
import shipped from 'persona-client/openapi.json' with { type: 'json' };
import { createPersonaService, type Dialect, type PersonaServiceOptions } from 'persona-client/testing';
import { describe, expect, it } from 'vitest';
import { CALLS, OPERATIONS } from '../../../support/calls.js';
import { DIALECTS, startService } from '../../../support/service.js';
import { findOperation, KINDS, listOperations, readShipped } from './support.js';

const FIELD_CONFIG = {
  psychographic: {
    label: 'Psychographic',
    description: 'Fields of one deployment',
    fields: [
      { name: 'mood', type: 'string', label: 'Mood', description: 'Current mood', options: ['calm', 'busy'] },
      { name: 'geolocation', type: 'list', label: 'Places', description: 'Visited places' },
    ],
  },
} as const;

async function readServed(options: PersonaServiceOptions) {
  await using service = createPersonaService(options);
  const response = await service.fetch('http://any/openapi.json');
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json']);
  return response.json();
}

describe('the OpenAPI document', () => {
  it.each<PersonaServiceOptions>([
    { dialect: 'subresource' },
    { dialect: 'subresource', published: true },
    { dialect: 'attributes' },
    { dialect: 'attributes', fieldConfig: FIELD_CONFIG },
    { dialect: 'in-between', auth: { users: { admin: 'secret' } } },
  ])('of the service %j is valid OpenAPI 3.1', async (options) => {
    const document = await readServed(options);
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(await new Validator().validate(document)).toEqual({ valid: true });
  });

  it.each(KINDS)(
    'in openapi/%s.json is the one that the local service returns, with a server',
    async (kind) => {
      const { servers, ...document } = readShipped(kind) as unknown as Record<string, unknown>;
      expect(document).toEqual(await readServed({ dialect: kind }));
      expect(servers).toEqual([{ url: 'http://localhost:5050' }]);
    },
  );

  it('in openapi/ is what npm run api writes', () => {
    const output = execFileSync('tsx', ['scripts/openapi.ts', '--check'], { encoding: 'utf8' });
    expect(output).toBe('');
  });

  it('in persona-client/openapi.json is that of subresource, the service of the integration guide', () => {
    expect(shipped).toEqual(readShipped('subresource'));
  });

  it('contains the fields of the deployment', async () => {
    const document = await readServed({ dialect: 'attributes', fieldConfig: FIELD_CONFIG });
    const { Psychographic, PsychographicInput } = document.components.schemas;
    expect(Psychographic).toEqual(PsychographicInput);
    expect(Object.keys(Psychographic.properties)).toEqual(['mood', 'geolocation']);
    expect(Psychographic.properties.mood.enum).toEqual(['calm', 'busy', null]);
  });
});

const SCHEMA_REQUEST = 'schema.get: GET /api/v1/schema is undefined'; // no released service has this route
/** Requests of the client that the document describes as another operation, or as none. */
/** `client.request` calls any route. */
const ANY_ROUTE = 'request: GET /api/v1/personas/1 is personas.get';

const EXPECTED_DIFFERENCES: Readonly<Record<(typeof DIALECTS)[number], readonly string[]>> = {
  subresource: [SCHEMA_REQUEST, ANY_ROUTE],
  attributes: [
    'demographic.get: GET /api/v1/personas/1 is personas.get',
    'demographic.update: PUT /api/v1/personas/1 is personas.update',
    SCHEMA_REQUEST,
    'schema.get: GET /api/v1/field-config is fieldConfig.get',
    ANY_ROUTE,
  ],
};

describe.each(DIALECTS)('operations of %s', (dialect) => {
  const operations = listOperations(readShipped(dialect));
  const ids = operations.map(({ operation }) => operation.operationId);

  it('have unique ids, which are names of methods of the client, except for PATCH', () => {
    expect(new Set(ids).size).toBe(ids.length);
    const methods = [...OPERATIONS, 'auth.login', 'auth.refresh', 'auth.logout'];
    const others = operations.filter(({ operation }) => !methods.includes(operation.operationId));
    expect(others.filter(({ method }) => method !== 'PATCH')).toEqual([]);
  });

  it('are the requests of the client of the same name', async () => {
    const differences: string[] = [];
    for (const [name, call] of Object.entries(CALLS)) {
      const service = createPersonaService({ dialect });
      const client = new PersonaClient({ fetch: service.fetch, dialect });
      await call.run(client, 1);
      for (const { method, path } of service.requests) {
        const found = findOperation(readShipped(dialect), method, path.split('?')[0] ?? '')?.operationId;
        if (found !== name) differences.push(`${name}: ${method} ${path} is ${found}`);
      }
      client.close();
      await service.close();
    }
    expect(differences).toEqual(EXPECTED_DIFFERENCES[dialect]);
  });
});

describe.each<Dialect>(['subresource', 'attributes', 'in-between'])('/openapi.json of %s', (dialect) => {
  it('responds to GET and HEAD, and rejects other methods', async () => {
    const { url } = await startService({ dialect });
    const request = (method: string) => fetch(`${url}/openapi.json`, { method });
    expect((await request('HEAD')).status).toBe(200);
    const post = await request('POST');
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
  });

  it('needs no token', async () => {
    const { url } = await startService({ dialect, auth: { users: { admin: 'secret' } } });
    expect((await fetch(`${url}/openapi.json`)).status).toBe(200);
  });

  it('has the response of an unknown path with openapi: false, as in deployed services', async () => {
    const { url } = await startService({ dialect, openapi: false });
    const read = async (path: string) => {
      const response = await fetch(url + path);
      return [response.status, response.headers.get('content-type'), await response.text()];
    };
    expect(await read('/openapi.json')).toEqual(await read('/openapi-json'));
    expect((await read('/openapi.json'))[0]).toBe(404);
  });

  it('is the only path of the document', async () => {
    const { url } = await startService({ dialect });
    expect((await fetch(`${url}/openapi-json`)).status).toBe(404);
  });
});
