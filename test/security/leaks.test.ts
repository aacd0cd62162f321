import { inspect } from 'node:util';
import { type CallMeta, type ClientOptions, PersonaClient, PersonaError } from 'persona-client';
import { describe, vi } from 'vitest';
import { AT_ONCE, DIALECTS, serve } from '../support/service.js';
import { CANARIES, strangersInTimeline } from './canaries.js';
import { AUTH, faults, HEADERS, PERSONA, USER, watched } from './poison.js';
import { attack, Tally } from './report.js';
import { failureOf } from './world.js';

/** What is called: a client, or what has its methods with their `meta`. */
type Client = Pick<PersonaClient, 'auth' | 'personas' | Category | 'fieldConfig' | 'schema' | 'health'>;
type Category = 'demographic' | 'psychographic' | 'behavioral' | 'contextual';
type Calls = Readonly<Record<string, (client: Client) => Promise<unknown>>>;

/** Every method, with personal data wherever it takes any. */
const CALLS: Calls = {
  list: (client) => client.personas.list(),
  iterate: async (client) => {
    for await (const _ of client.personas.iterate({ perPage: 2 }));
  },
  get: (client) => client.personas.get(1),
  'get, with headers': (client) => client.personas.get(1, { headers: HEADERS }),
  create: (client) => client.personas.create(PERSONA),
  'create, resolved': (client) =>
    client.personas.create(PERSONA, { onUnknownOutcome: 'reconcile', deadlineMs: 100 }),
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

const metaOf = (value: unknown): CallMeta | undefined => (value as { meta?: CallMeta } | undefined)?.meta;

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

const PATHS =
  /^http:\/\/127\.0\.0\.1:\d+\/(?:health|api\/v1(?:$|\/)(?:personas(?:\/\d+(?:\/(?:attributes\/)?[a-z]+)?)?|field-config|schema|auth\/[a-z]+)?)(?:\?(?:page|per_page)=\d+(?:&per_page=\d+)?)?$/;

describe.each(DIALECTS)('canaries, %s', (dialect) => {
  attack(
    `every method under every fault: a secret or a persona in an error, event, log or timeline (${dialect})`,
    async () => {
      let tokens = 0;
      const granted = new Set<string>();
      const logged = new Set<string>();
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
            { tally, granted, logged },
            { baseUrl: url, fetch, retry, lateWriteWindowMs: 0, timeoutMs: 'stall' in fault ? 50 : 10_000 },
          );
          granted.clear(); // of the clients before
          if (fault.match !== AUTH && name !== 'login') await failureOf(client.auth.login(USER));
          service.faults.add(fault);
          const through = { ...client.withMeta, auth: client.auth } as unknown as Client;
          await call(name === 'iterate' ? client : through).then(
            (value) => {
              const meta = metaOf(value);
              if (meta) look(`meta of ${name}`, meta);
              tally.check(strangersInTimeline(meta?.timeline ?? []).length === 0, () => inspect(meta));
            },
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
      tally.check(logged.size === 3, () => `only ${[...logged]} were logged`); // errors: see below
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
    const seen = { tally, granted: new Set<string>(), logged: new Set<string>() };
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
    tally.check(seen.logged.size === 4, () => `only ${[...seen.logged]} were logged`);
    return tally;
  });
});
