import { type ClientOptions, PersonaClient, PersonaValidationError } from 'persona-client';
import { createPersonaService } from 'persona-client/testing';
import { describe, expect, it } from 'vitest';
import { expectRejection, expectThrow } from '../../support/failures.js';
import { createTestClient } from '../../support/service.js';

const SECRET = 'hunter2-secret';
const SECURE_URLS = [
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
const INSECURE_URLS = [
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
const OPTIONS_WITH_CREDENTIALS: Readonly<Record<string, [options: ClientOptions, path: string]>> = {
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

describe.each(Object.entries(OPTIONS_WITH_CREDENTIALS))('%s', (_, [options, path]) => {
  it.each(SECURE_URLS)('may be sent to %s', (baseUrl) => {
    expect(() => createTestClient({ ...options, baseUrl })).not.toThrow();
  });

  it.each(INSECURE_URLS)('is rejected for %s', (baseUrl) => {
    const error = expectThrow(PersonaValidationError, () => new PersonaClient({ ...options, baseUrl }));
    expect(error.issues.map((issue) => issue.path.join('.'))).toEqual([path]);
    expect(error.message).toMatch(/plain http.*allowInsecureAuth/);
    expect(error.message).not.toContain(SECRET);
    expect(() => createTestClient({ ...options, baseUrl, allowInsecureAuth: true })).not.toThrow();
  });
});

describe('a client without credentials', () => {
  const setup = (options: ClientOptions = {}) => {
    const service = createPersonaService({ auth: { users: { ada: SECRET } } });
    const client = createTestClient({
      baseUrl: 'http://personas.example',
      fetch: service.fetch,
      retry: false,
      ...options,
    });
    return { service, client };
  };

  it('may use plain http, but must not log in', async () => {
    const { service, client } = setup();
    await client.health.check();
    service.clearRequests();
    const login = client.auth.login({ username: 'ada', password: SECRET });
    const error = await expectRejection(PersonaValidationError, login);
    expect(error).toMatchObject({ code: 'invalid_input', attempts: 0 });
    expect(error.message).toMatch(/^auth\.login: .*plain http.*allowInsecureAuth/);
    expect(service.requests).toEqual([]);
  });

  it('rejects credentials in the headers of a call', async () => {
    const { service, client } = setup();
    const read = client.personas.get(1, { headers: { Authorization: SECRET } });
    const error = await expectRejection(PersonaValidationError, read);
    expect(error.issues.map((issue) => issue.path)).toEqual([['headers', 'Authorization']]);
    expect(service.requests).toEqual([]);
  });

  it('rejects a view with credentials', () => {
    const { client } = setup();
    const error = expectThrow(PersonaValidationError, () => client.as({ token: SECRET }));
    expect(error.issues.map((issue) => issue.path)).toEqual([['auth']]);
    expect(() => setup({ allowInsecureAuth: true }).client.as({ token: SECRET })).not.toThrow();
  });

  it('logs in with allowInsecureAuth, and emits insecureAuth once', async () => {
    const { client } = setup({ allowInsecureAuth: true });
    const events: unknown[] = [];
    client.on('insecureAuth', (event) => events.push(event));
    await client.auth.login({ username: 'ada', password: SECRET });
    await client.personas.get(1);
    expect(events).toEqual([{ origin: 'http://personas.example' }]);
  });
});

it.each(['http://localhost:5050', 'https://personas.example'])(
  'emits no insecureAuth event for %s',
  async (baseUrl) => {
    const client = createTestClient({
      baseUrl,
      allowInsecureAuth: true,
      fetch: createPersonaService().fetch,
    });
    const events: unknown[] = [];
    client.on('insecureAuth', (event) => events.push(event));
    await client.health.check();
    expect(events).toEqual([]);
  },
);

it('PERSONA_ALLOW_INSECURE_AUTH permits plain http', () => {
  const environment = { PERSONA_API_URL: 'http://personas.example', PERSONA_API_TOKEN: SECRET };
  const fromEnv = (variables: object) => () => PersonaClient.fromEnv({}, { ...environment, ...variables });
  expect(fromEnv({})).toThrow(PersonaValidationError);
  expect(fromEnv({ PERSONA_ALLOW_INSECURE_AUTH: 'no' })).toThrow(PersonaValidationError);
  expect(fromEnv({ PERSONA_ALLOW_INSECURE_AUTH: 'true' })).not.toThrow();
});
