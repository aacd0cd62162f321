import { type ClientOptions, PersonaClient, PersonaValidationError } from 'persona-client';
import { createPersonaService } from 'persona-client/testing';
import { describe, expect, it } from 'vitest';
import { failureOf, thrownBy } from '../../support/failures.js';
import { clientOf } from '../../support/service.js';

const SECRET = 'hunter2-secret';
const HERE = [
  ...[
    'http://localhost:5050',
    'http://LOCALHOST',
    'http://127.0.0.1:1',
    'http://127.8.9.10',
    'http://127.1',
    'http://127.0.0.1.',
  ],
  ...['http://[::1]:5050', 'https://personas.example', 'https://localhost.evil.example'],
];
const ELSEWHERE = [
  ...[
    'http://personas.example',
    'http://localhost.evil.example',
    'http://127.0.0.1.evil.example',
    'http://127',
  ],
  ...['http://localhost.', 'http://10.0.0.1', 'http://0.0.0.0', 'http://[::]', 'http://[::ffff:127.0.0.1]'],
  ...['http://evil.example/localhost', 'http://xlocalhost'],
].filter((url) => URL.canParse(url));

const tokenStore = { get: () => undefined, set: () => {}, delete: () => {} };
const CREDENTIALS: Readonly<Record<string, [options: ClientOptions, path: string]>> = {
  'a password': [{ auth: { username: 'ada', password: SECRET } }, 'auth'],
  'a token': [{ auth: { token: SECRET } }, 'auth'],
  'a pair of tokens': [{ auth: { accessToken: SECRET, refreshToken: SECRET } }, 'auth'],
  'a function': [{ auth: { getToken: () => SECRET } }, 'auth'],
  'a token store': [{ tokenStore, principal: 'ada' }, 'tokenStore'],
  ...Object.fromEntries(
    ['Authorization', 'cookie', 'X-Api-Key', 'proxy-authorization'].map((name) => [
      name,
      [{ headers: { [name]: SECRET } }, `headers.${name}`],
    ]),
  ),
};

describe.each(Object.entries(CREDENTIALS))('%s', (_, [options, path]) => {
  it.each(HERE)('may go to %s', (baseUrl) => {
    expect(() => clientOf({ ...options, baseUrl })).not.toThrow();
  });

  it.each(ELSEWHERE)('is refused for %s', (baseUrl) => {
    const error = thrownBy(PersonaValidationError, () => new PersonaClient({ ...options, baseUrl }));
    expect(error.issues.map((issue) => issue.path.join('.'))).toEqual([path]);
    expect(error.message).toMatch(/plain http.*allowInsecureAuth/);
    expect(error.message).not.toContain(SECRET);
    expect(() => clientOf({ ...options, baseUrl, allowInsecureAuth: true })).not.toThrow();
  });
});

describe('a client without credentials', () => {
  const served = (more: ClientOptions = {}) => {
    const service = createPersonaService({ auth: { users: { ada: SECRET } } });
    const client = clientOf({
      baseUrl: 'http://personas.example',
      fetch: service.fetch,
      retry: false,
      ...more,
    });
    return { service, client };
  };

  it('may go anywhere, and is refused when it wants to sign in', async () => {
    const { service, client } = served();
    await client.health.check();
    service.clearRequests();
    const signingIn = client.auth.login({ username: 'ada', password: SECRET });
    const error = await failureOf(PersonaValidationError, signingIn);
    expect(error).toMatchObject({ code: 'invalid_input', attempts: 0 });
    expect(error.message).toMatch(/^auth\.login: .*plain http.*allowInsecureAuth/);
    expect(service.requests).toEqual([]);
  });

  it('is refused the headers of a single call', async () => {
    const { service, client } = served();
    const reading = client.personas.get(1, { headers: { Authorization: SECRET } });
    const error = await failureOf(PersonaValidationError, reading);
    expect(error.issues.map((issue) => issue.path)).toEqual([['headers', 'Authorization']]);
    expect(service.requests).toEqual([]);
  });

  it('is refused a view of someone', () => {
    const { client } = served();
    const error = thrownBy(PersonaValidationError, () => client.as({ token: SECRET }));
    expect(error.issues.map((issue) => issue.path)).toEqual([['auth']]);
    expect(() => served({ allowInsecureAuth: true }).client.as({ token: SECRET })).not.toThrow();
  });

  it('signs in where that is allowed, and the client says so once', async () => {
    const { client } = served({ allowInsecureAuth: true });
    const told: unknown[] = [];
    client.on('insecureAuth', (event) => told.push(event));
    await client.auth.login({ username: 'ada', password: SECRET });
    await client.personas.get(1);
    expect(told).toEqual([{ origin: 'http://personas.example' }]);
  });
});

it.each(['http://localhost:5050', 'https://personas.example'])(
  'there is nothing to say of %s',
  async (baseUrl) => {
    const client = clientOf({ baseUrl, allowInsecureAuth: true, fetch: createPersonaService().fetch });
    const told: unknown[] = [];
    client.on('insecureAuth', (event) => told.push(event));
    await client.health.check();
    expect(told).toEqual([]);
  },
);

it('the environment can allow it', () => {
  const environment = { PERSONA_API_URL: 'http://personas.example', PERSONA_API_TOKEN: SECRET };
  const from = (more: object) => () => PersonaClient.fromEnv({}, { ...environment, ...more });
  expect(from({})).toThrow(PersonaValidationError);
  expect(from({ PERSONA_ALLOW_INSECURE_AUTH: 'no' })).toThrow(PersonaValidationError);
  expect(from({ PERSONA_ALLOW_INSECURE_AUTH: 'true' })).not.toThrow();
});
