import { inspect } from 'node:util';
import { type CallMeta, type ClientOptions, PersonaClient, PersonaError } from 'persona-client';
import { describe, vi } from 'vitest';
import { catchError } from '../support/failures.js';
import { DIALECTS, NO_BACKOFF, startService } from '../support/service.js';
import { AttackTally, attack } from './attack.js';
import { CANARIES, findUnexpectedTimelineFields } from './canaries.js';
import { CALLS_WITH_CANARIES, type Calls, type MethodsOfClient } from './canary-calls.js';
import {
  AUTH_PATHS,
  CANARY_PERSONA,
  CANARY_USER,
  createFaults,
  createWatchedClient,
} from './hostile-responses.js';

const getMeta = (value: unknown): CallMeta | undefined => (value as { meta?: CallMeta } | undefined)?.meta;

/** Invalid input. The error must not repeat its values. */
const CALLS_WITH_INVALID_INPUT: Calls = {
  age: (client) => client.demographic.update(1, { age: CANARIES.name as never }),
  latitude: (client) => client.demographic.update(1, { latitude: `${CANARIES.latitude} N` as never }),
  geolocation: (client) => client.demographic.update(1, { geolocation: CANARIES.city }),
  name: (client) => client.personas.create({ name: CANARIES.name.repeat(50) }),
  'name of the wrong type': (client) => client.personas.create({ name: [CANARIES.name] as never }),
  option: (client) => client.contextual.update(1, { season: CANARIES.city as never }),
  list: (client) => client.psychographic.update(1, { interests: CANARIES.interest as never }),
  instance: (client) =>
    client.personas.update(1, { psychographic: new Map([[CANARIES.mapKey, 1]]) as never }),
  category: (client) => client.personas.update(1, { behavioral: CANARIES.mapValue as never }),
  id: (client) => client.personas.get(CANARIES.mapValue as never),
  page: (client) => client.personas.list({ page: CANARIES.mapValue as never }),
  login: (client) => client.auth.login({ username: '', password: CANARIES.password }),
  'login, password of the wrong type': (client) =>
    client.auth.login({ username: 'x', password: [CANARIES.password] as never }),
  headers: (client) => client.personas.get(1, { headers: { 'X-Api-Key': `${CANARIES.apiKey}\r\nx: y` } }),
  timeoutMs: (client) => client.personas.get(1, { timeoutMs: CANARIES.apiKey as never }),
  signal: (client) => client.personas.get(1, { signal: CANARIES.apiKey as never }),
};

const BAD_OPTIONS: readonly object[] = [
  { auth: CANARIES.accessToken },
  { auth: { token: `${CANARIES.accessToken}\n` } },
  { auth: { accessToken: CANARIES.accessToken, refreshToken: `${CANARIES.refreshToken} ` } },
  { auth: { username: '', password: CANARIES.password } },
  { auth: { ...CANARY_USER, token: CANARIES.accessToken } },
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
  /^http:\/\/127\.0\.0\.1:\d+\/(?:health|api\/v1(?:$|\/)(?:personas(?:\/\d+(?:\/(?:attributes\/)?[a-z]+)?)?|field-config|schema|auth\/[a-z]+)?)(?:\?(?:page|per_page)=\d+(?:&per_page=\d+)?|\?key=…)?$/;

describe.each(DIALECTS)('canaries, %s', (dialect) => {
  attack(
    'keeps secrets and personal data out of errors, events, logs, and timelines, in every method under every fault',
    async () => {
      let tokenCount = 0;
      const issuedTokens = new Set<string>();
      const loggedLevels = new Set<string>();
      const tally = new AttackTally();
      const { service, url } = await startService({ dialect, auth: { users: { admin: CANARIES.password } } });
      const fetch: typeof globalThis.fetch = async (...request) => {
        const response = await globalThis.fetch(...request);
        const text = await response
          .clone()
          .text()
          .catch(() => '');
        for (const [token] of text.matchAll(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g)) issuedTokens.add(token);
        return response;
      };
      const consoleSpies = ['log', 'info', 'warn', 'error', 'debug'].map((name) =>
        vi.spyOn(console, name as 'log'),
      );
      for (const fault of createFaults(dialect))
        for (const [name, call] of Object.entries(CALLS_WITH_CANARIES)) {
          const retry = 'stall' in fault ? false : ({ ...NO_BACKOFF, limit: 1, budget: false } as const);
          const { client, inspectValue } = createWatchedClient(
            { tally, issuedTokens, loggedLevels },
            { baseUrl: url, fetch, retry, lateWriteWindowMs: 0, timeoutMs: 'stall' in fault ? 50 : 10_000 },
          );
          issuedTokens.clear(); // drops tokens of earlier clients
          if (fault.match !== AUTH_PATHS && name !== 'auth.login')
            await catchError(client.auth.login(CANARY_USER));
          service.faults.add(fault);
          const methods = { ...client.withMeta, auth: client.auth } as unknown as MethodsOfClient;
          await call(name === 'personas.iterate' ? client : methods).then(
            (value) => {
              const meta = getMeta(value);
              if (meta) inspectValue(`meta of ${name}`, meta);
              tally.check(findUnexpectedTimelineFields(meta?.timeline ?? []).length === 0, () =>
                inspect(meta),
              );
            },
            (error: PersonaError) => {
              inspectValue(`${name} under ${JSON.stringify(fault)}`, error);
              tally.check(error instanceof PersonaError, () => `${name}: ${String(error)}`);
              tally.check(!error.request || PATHS.test(error.request.url), () => String(error.request?.url));
            },
          );
          tokenCount += issuedTokens.size;
          inspectValue('client', client);
          client.close();
          service.faults.clear();
          service.clearRequests();
        }
      for (const { mock } of consoleSpies)
        tally.check(mock.calls.length === 0, () => `printed: ${inspect(mock.calls)}`);
      tally.check(tokenCount > 100, 'too few tokens to look for');
      for (const level of ['debug', 'info', 'warn'])
        tally.check(loggedLevels.has(level), () => `only ${[...loggedLevels]} were logged`); // the third test covers errors
      return tally;
    },
  );

  attack('does not repeat invalid input and options in the error', async () => {
    const tally = new AttackTally();
    const watch = { tally, issuedTokens: new Set<string>() };
    const { url } = await startService({ dialect, auth: { users: { admin: CANARIES.password } } });
    const { client, inspectValue } = createWatchedClient(watch, { baseUrl: url });
    await client.personas.list();
    if (dialect === 'attributes') await client.fieldConfig.get();
    for (const [name, call] of Object.entries(CALLS_WITH_INVALID_INPUT)) {
      const error = await catchError(call(client));
      inspectValue(name, error);
      const isUnrestricted = dialect === 'attributes' || ['option', 'list'].includes(name);
      tally.check(error instanceof PersonaError || isUnrestricted, () => `${name} was accepted`);
    }
    for (const options of BAD_OPTIONS)
      try {
        new PersonaClient(options as ClientOptions).close();
        tally.check(false, () => `accepted: ${inspect(options)}`);
      } catch (error) {
        inspectValue('options', error);
      }
    client.close();
    return tally;
  });

  attack('hides secrets when clients, views, and closed or open circuits are inspected', async () => {
    const tally = new AttackTally();
    const watch = { tally, issuedTokens: new Set<string>(), loggedLevels: new Set<string>() };
    const { service, url } = await startService({ dialect });
    const breaker = { failMax: 1 };
    const retry = false as const;
    const pair = { accessToken: CANARIES.accessToken, refreshToken: CANARIES.refreshToken };
    for (const auth of [
      CANARY_USER,
      { token: CANARIES.accessToken },
      pair,
      { getToken: () => CANARIES.accessToken },
    ]) {
      const { client, inspectValue } = createWatchedClient(watch, {
        baseUrl: url,
        auth,
        breaker,
        retry,
        principal: CANARIES.mapKey,
      });
      const view = client.as({ token: CANARIES.accessToken }, { principal: CANARIES.storedName });
      await catchError(client.personas.get(1));
      await catchError(view.personas.get(1));
      service.faults.add({ status: 503 });
      for (let i = 0; i < 3; i++)
        inspectValue('circuit', await catchError(view.personas.update(1, CANARY_PERSONA)));
      service.faults.clear();
      for (const value of [client, view, client.auth, client.personas, client.withMeta, client.psychographic])
        inspectValue('inspected', value);
      client.close();
      inspectValue('closed', await catchError(client.personas.update(1, CANARY_PERSONA)));
      inspectValue('closed view', await catchError(view.auth.login(CANARY_USER)));
      inspectValue('client', client);
    }
    tally.check(watch.loggedLevels.size === 4, () => `only ${[...watch.loggedLevels]} were logged`);
    return tally;
  });
});
