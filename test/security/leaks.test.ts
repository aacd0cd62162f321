import { inspect } from 'node:util';
import { type ClientOptions, PersonaClient, PersonaError } from 'persona-client';
import { createPersonaMcpServer } from 'persona-client/mcp';
import type { Dialect, Fault } from 'persona-client/testing';
import { describe, vi } from 'vitest';
import { connectTo } from '../mcp/in-process.js';
import { AT_ONCE, DIALECTS, serve } from '../support/service.js';
import { CANARIES, EVENT_NAMES, leaksIn, shown, strangersIn, strangersInEvent } from './canaries.js';
import { attack, Tally } from './report.js';
import { EXPIRED, failureOf } from './world.js';

const PERSONA = {
  name: CANARIES.name,
  demographic: { city: CANARIES.city, latitude: CANARIES.latitude, longitude: 1, age: CANARIES.age },
  psychographic: { interests: [CANARIES.interest] },
  behavioral: { social_media_activity: { [CANARIES.mapKey]: CANARIES.mapValue } },
};
const USER = { username: 'admin', password: CANARIES.password };
const HEADERS = { 'X-Api-Key': CANARIES.apiKey, Cookie: CANARIES.cookie };

type Client = PersonaClient;
type Calls = Readonly<Record<string, (client: Client) => Promise<unknown>>>;

/** Every method, with personal data wherever it takes any. */
const CALLS: Calls = {
  list: (client) => client.personas.list(),
  iterate: async (client) => {
    for await (const _ of client.personas.iterate({ perPage: 2 }));
  },
  get: (client) => client.personas.get(1),
  'get, with headers': (client) => client.personas.get(1, { headers: HEADERS }),
  'get, with meta': (client) => client.withMeta.personas.get(1),
  create: (client) => client.personas.create(PERSONA),
  'create, resolved': (client) =>
    client.personas.create(PERSONA, { onAmbiguous: 'resolve', deadlineMs: 100 }),
  update: (client) => client.personas.update(1, PERSONA),
  delete: (client) => client.personas.delete(2),
  'demographic.get': (client) => client.demographic.get(1),
  'demographic.update': (client) => client.demographic.update(1, PERSONA.demographic),
  'psychographic.get': (client) => client.psychographic.get(1),
  'psychographic.update': (client) => client.psychographic.update(1, PERSONA.psychographic),
  'behavioral.get': (client) => client.behavioral.get(1),
  'behavioral.update': (client) => client.behavioral.update(1, PERSONA.behavioral),
  'contextual.get': (client) => client.contextual.get(1),
  'contextual.update': (client) => client.contextual.update(1, { weather: CANARIES.city }),
  fieldConfig: (client) => client.fieldConfig.get(),
  schema: (client) => client.schema.get(),
  health: (client) => client.health.check(),
  login: (client) => client.auth.login(USER),
  refresh: (client) => client.auth.refresh(),
  session: (client) => client.auth.session(),
  logout: (client) => client.auth.logout(),
};

/** Input that is refused here: each value is one that must not be repeated. */
const BAD_INPUT: Calls = {
  age: (client) => client.demographic.update(1, { age: CANARIES.name as never }),
  latitude: (client) => client.demographic.update(1, { latitude: 1e3 + CANARIES.latitude }),
  geolocation: (client) => client.demographic.update(1, { geolocation: CANARIES.city }),
  name: (client) => client.personas.create({ name: CANARIES.name.repeat(50) }),
  'a name that is none': (client) => client.personas.create({ name: [CANARIES.name] as never }),
  option: (client) => client.contextual.update(1, { season: CANARIES.city as never }),
  list: (client) => client.psychographic.update(1, { interests: CANARIES.interest as never }),
  instance: (client) =>
    client.personas.update(1, { psychographic: new Map([[CANARIES.mapKey, 1]]) as never }),
  category: (client) => client.personas.update(1, { behavioral: CANARIES.mapValue as never }),
  id: (client) => client.personas.get(CANARIES.mapValue as never),
  page: (client) => client.personas.list({ page: CANARIES.mapValue as never }),
  login: (client) => client.auth.login({ username: '', password: CANARIES.password }),
  'login, more': (client) => client.auth.login({ username: 'x', password: [CANARIES.password] as never }),
  headers: (client) => client.personas.get(1, { headers: { 'X-Api-Key': `${CANARIES.apiKey}\r\nx: y` } }),
  timeoutMs: (client) => client.personas.get(1, { timeoutMs: CANARIES.apiKey as never }),
  signal: (client) => client.personas.get(1, { signal: CANARIES.apiKey as never }),
};

const BAD_OPTIONS: readonly object[] = [
  { auth: CANARIES.accessToken },
  { auth: { token: `${CANARIES.accessToken}\n` } },
  { auth: { accessToken: CANARIES.accessToken, refreshToken: `${CANARIES.refreshToken} ` } },
  { auth: { username: '', password: CANARIES.password } },
  { auth: { ...USER, token: CANARIES.accessToken } },
  { baseUrl: `http://admin:${encodeURIComponent(CANARIES.password)}@localhost` },
  { baseUrl: `http://localhost/?token=${CANARIES.accessToken}` },
  { baseUrl: CANARIES.city },
  { headers: { 'X-Api-Key': `${CANARIES.apiKey}\n` } },
  { headers: CANARIES.apiKey },
  { principal: [CANARIES.mapKey] },
  { tokenStore: CANARIES.accessToken },
  { timeoutMs: CANARIES.apiKey },
  { dialect: CANARIES.city },
];

/** What a service, or something in front of it, may say: everything it knows. */
const SAID = [
  `Persona '${CANARIES.name}' (${CANARIES.city}, ${CANARIES.latitude}) is not valid`,
  `${CANARIES.sql} [parameters: {'name': '${CANARIES.storedName}'}]`,
  `Invalid value "${CANARIES.interest}" for ${CANARIES.mapKey}: ${CANARIES.mapValue}`,
  `Wrong password ${CANARIES.password}, token ${CANARIES.accessToken}, ${CANARIES.cookie}`,
  encodeURIComponent(CANARIES.password),
  btoa('Kanaria1'),
];
const errorsOf = (dialect: Dialect): object[] =>
  SAID.flatMap((text) => [
    dialect === 'subresource' ? { message: text, status_code: 400 } : { error: text },
    {
      message: 'no',
      errors: { name: [text], [CANARIES.mapKey]: [text], demographic: ['age', CANARIES.city] },
    },
    { error: 'Invalid data', details: [text, `'kanaria7' must be a list`, `kanaria8: ${text}`] },
    { msg: text },
  ]);

const LEAKY = {
  'set-cookie': CANARIES.cookie,
  'www-authenticate': `Bearer realm="${CANARIES.accessToken}"`,
  'x-request-id': 'Kanaria13',
  server: CANARIES.apiKey,
};
const STATUSES = [400, 401, 403, 404, 405, 408, 409, 413, 415, 418, 422, 425, 429, 500, 501, 502, 503, 504];
const AUTH = { path: /\/auth\// };

/** Everything that can go wrong with an answer. */
function faults(dialect: Dialect): Fault[] {
  const json = (body: unknown) => ({ body: JSON.stringify(body), contentType: 'application/json' });
  const bodies = errorsOf(dialect);
  const token = { access_token: CANARIES.accessToken, refresh_token: CANARIES.refreshToken };
  return [
    ...STATUSES.map((status, at) => ({ status, headers: LEAKY, ...json(bodies[at % bodies.length]) })),
    ...bodies.flatMap((body) => [400, 422, 409].map((status) => ({ status, ...json(body) }))),
    ...[301, 302, 303, 307, 308].map((status) => ({
      status,
      headers: { ...LEAKY, location: CANARIES.location },
    })),
    { status: 500, ...json({ error: `400 Bad Request: ${CANARIES.sql}` }) },
    { status: 503, body: SAID.join('\n'), headers: { ...LEAKY, 'retry-after': CANARIES.cookie } },
    { ...EXPIRED, headers: LEAKY },
    { status: 200, headers: LEAKY, body: SAID.join('\n') },
    { status: 200, ...json({ ...PERSONA, id: CANARIES.mapKey, personas: [PERSONA], total: CANARIES.city }) },
    { status: 200, ...json([PERSONA]) },
    { status: 200, ...json({ ...token, access_token: `${CANARIES.accessToken}\n` }), match: AUTH },
    { status: 200, ...json({ ...token, access_token: [CANARIES.accessToken] }), match: AUTH },
    { status: 200, ...json({ ...token, refresh_token: { a: CANARIES.refreshToken } }), match: AUTH },
    { status: 200, body: `{"access_token": "${CANARIES.accessToken}"`, match: AUTH },
    { status: 200, body: 'x'.repeat(60_000) + CANARIES.storedName },
    { reset: true },
    { dropAfterBytes: 20 },
    { stall: true },
  ];
}

interface Seen {
  readonly tally: Tally;
  readonly granted: Set<string>;
}

/** A client whose events, console and errors are looked at. */
function watched({ tally, granted }: Seen, options: ClientOptions) {
  const client = new PersonaClient({
    auth: USER,
    headers: HEADERS,
    maxResponseBytes: 50_000,
    ...options,
  });
  for (const name of EVENT_NAMES)
    client.on(name, (event: object) => {
      const found = [...leaksIn(JSON.stringify(event), granted), ...strangersInEvent(name, event)];
      tally.check(found.length === 0, () => `event ${name}: ${found} in ${inspect(event)}`);
    });
  const look = (what: string, value: unknown) => {
    const found = leaksIn(shown(value), granted);
    if (value instanceof PersonaError) found.push(...strangersIn(value));
    tally.check(found.length === 0, () => `${what}: ${found} in ${String(value)}`);
  };
  return { client, look };
}

const PATHS =
  /^http:\/\/127\.0\.0\.1:\d+\/(?:health|api\/v1(?:$|\/)(?:personas(?:\/\d+(?:\/(?:attributes\/)?[a-z]+)?)?|field-config|schema|auth\/[a-z]+)?)(?:\?(?:page|per_page)=\d+(?:&per_page=\d+)?)?$/;

describe.each(DIALECTS)('canaries, %s', (dialect) => {
  attack(
    `every method under every fault: a secret or a persona in an error or event (${dialect})`,
    async () => {
      let tokens = 0;
      const granted = new Set<string>();
      const tally = new Tally();
      const { service, url } = await serve({ dialect, auth: { users: { admin: CANARIES.password } } });
      const fetch: typeof globalThis.fetch = async (...request) => {
        const response = await globalThis.fetch(...request);
        const text = await response
          .clone()
          .text()
          .catch(() => '');
        for (const [token] of text.matchAll(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g)) granted.add(token);
        return response;
      };
      const printed = ['log', 'info', 'warn', 'error', 'debug'].map((name) =>
        vi.spyOn(console, name as 'log'),
      );
      for (const fault of faults(dialect))
        for (const [name, call] of Object.entries(CALLS)) {
          const retry = 'stall' in fault ? false : ({ ...AT_ONCE, limit: 1, budget: false } as const);
          const { client, look } = watched(
            { tally, granted },
            { baseUrl: url, fetch, retry, landsWithinMs: 0, timeoutMs: 'stall' in fault ? 50 : 10_000 },
          );
          granted.clear(); // of the clients before
          if (fault.match !== AUTH && name !== 'login') await failureOf(client.auth.login(USER));
          service.faults.add(fault);
          await call(client).then(
            (value) => name.endsWith('meta') && look('meta', (value as { meta: unknown }).meta),
            (error: PersonaError) => {
              look(`${name} under ${JSON.stringify(fault)}`, error);
              tally.check(error instanceof PersonaError, () => `${name}: ${String(error)}`);
              tally.check(!error.request || PATHS.test(error.request.url), () => String(error.request?.url));
            },
          );
          tokens += granted.size;
          look('client', client);
          client.close();
          service.faults.clear();
          service.clearRequests();
        }
      for (const { mock } of printed)
        tally.check(mock.calls.length === 0, () => `printed: ${inspect(mock.calls)}`);
      tally.check(tokens > 100, 'no tokens to look for');
      return tally;
    },
  );

  attack(`input and options that are refused: repeated in the error (${dialect})`, async () => {
    const tally = new Tally();
    const seen = { tally, granted: new Set<string>() };
    const { url } = await serve({ dialect, auth: { users: { admin: CANARIES.password } } });
    const { client, look } = watched(seen, { baseUrl: url });
    await client.personas.list();
    if (dialect === 'attributes') await client.fieldConfig.get();
    for (const [name, call] of Object.entries(BAD_INPUT)) {
      const error = await failureOf(call(client));
      look(name, error);
      const isFree = dialect === 'attributes' || ['option', 'list'].includes(name);
      tally.check(error instanceof PersonaError || isFree, () => `${name} passed`);
    }
    for (const options of BAD_OPTIONS)
      try {
        new PersonaClient(options as ClientOptions).close();
        tally.check(false, () => `accepted: ${inspect(options)}`);
      } catch (error) {
        look('options', error);
      }
    client.close();
    return tally;
  });

  attack(`clients, views, closed and open circuits: a secret in what is inspected (${dialect})`, async () => {
    const tally = new Tally();
    const seen = { tally, granted: new Set<string>() };
    const { service, url } = await serve({ dialect });
    const breaker = { failMax: 1 };
    const retry = false as const;
    const pair = { accessToken: CANARIES.accessToken, refreshToken: CANARIES.refreshToken };
    for (const auth of [
      USER,
      { token: CANARIES.accessToken },
      pair,
      { getToken: () => CANARIES.accessToken },
    ]) {
      const { client, look } = watched(seen, {
        baseUrl: url,
        auth,
        breaker,
        retry,
        principal: CANARIES.mapKey,
      });
      const view = client.as({ token: CANARIES.accessToken }, { principal: CANARIES.storedName });
      await failureOf(client.personas.get(1));
      await failureOf(view.personas.get(1));
      service.faults.add({ status: 503 });
      for (let i = 0; i < 3; i++) look('circuit', await failureOf(view.personas.update(1, PERSONA)));
      service.faults.clear();
      for (const one of [client, view, client.auth, client.personas, client.withMeta, client.psychographic])
        look('inspected', one);
      client.close();
      look('closed', await failureOf(client.personas.update(1, PERSONA)));
      look('closed view', await failureOf(view.auth.login(USER)));
      look('client', client);
    }
    return tally;
  });

  attack(`MCP tools under faults: a secret or a service's word in an answer (${dialect})`, async () => {
    const tally = new Tally();
    const { service, url } = await serve({ dialect, auth: { users: { admin: CANARIES.password } } });
    const { client } = watched(
      { tally, granted: new Set() },
      { baseUrl: url, retry: false, breaker: false, timeoutMs: 1_000 },
    );
    await client.personas.list();
    const mcp = await connectTo(createPersonaMcpServer({ client, confirm: 'never' }));
    const tools = {
      get_persona: { id: 1 },
      list_personas: {},
      get_persona_section: { id: 1, section: 'demographic' },
      update_persona: { id: 1, name: 'Ada' },
      create_persona: { name: 'Ada' },
      delete_persona: { id: 1 },
    };
    for (const fault of faults(dialect).filter((one) => !('stall' in one) && one.match !== AUTH))
      for (const [name, args] of Object.entries(tools)) {
        service.faults.add({ ...fault, match: { path: /personas/ } });
        const answer = await mcp.callTool({ name, arguments: args });
        const found = leaksIn(JSON.stringify(answer));
        tally.check(
          !answer.isError || found.length === 0,
          () => `${name}: ${found} in ${JSON.stringify(answer)}`,
        );
        service.faults.clear();
      }
    client.close();
    return tally;
  });
});
