import { inspect } from 'node:util';
import { type ClientOptions, type Logger, PersonaClient, PersonaError } from 'persona-client';
import type { Dialect, Fault } from 'persona-client/testing';
import { EXPIRED_TOKEN_RESPONSE } from '../support/auth.js';
import { jsonBody } from '../support/service.js';
import type { AttackTally } from './attack.js';
import {
  CANARIES,
  EVENT_NAMES,
  findLeaks,
  findUnexpectedEventFields,
  findUnexpectedFields,
  printAll,
} from './canaries.js';

export const CANARY_PERSONA = {
  name: CANARIES.name,
  demographic: { city: CANARIES.city, latitude: CANARIES.latitude, longitude: 1, age: CANARIES.age },
  psychographic: { interests: [CANARIES.interest] },
  behavioral: { social_media_activity: { [CANARIES.mapKey]: CANARIES.mapValue } },
};
export const CANARY_USER = { username: 'admin', password: CANARIES.password };
export const CANARY_HEADERS = { 'X-Api-Key': CANARIES.apiKey, Cookie: CANARIES.cookie };

/** Texts that a service or a proxy may send, with all the data that it knows. */
const LEAKY_TEXTS = [
  `Persona '${CANARIES.name}' (${CANARIES.city}, ${CANARIES.latitude}) is not valid`,
  `${CANARIES.sql} [parameters: {'name': '${CANARIES.storedName}'}]`,
  `Invalid value "${CANARIES.interest}" for ${CANARIES.mapKey}: ${CANARIES.mapValue}`,
  `Wrong password ${CANARIES.password}, token ${CANARIES.accessToken}, ${CANARIES.cookie}`,
  encodeURIComponent(CANARIES.password),
  btoa('Kanaria1'),
];
const errorBodies = (dialect: Dialect): object[] =>
  LEAKY_TEXTS.flatMap((text) => [
    dialect === 'subresource' ? { message: text, status_code: 400 } : { error: text },
    {
      message: 'no',
      errors: { name: [text], [CANARIES.mapKey]: [text], demographic: ['age', CANARIES.city] },
    },
    { error: 'Invalid data', details: [text, `'kanaria7' must be a list`, `kanaria8: ${text}`] },
    { msg: text },
  ]);

const LEAKY_HEADERS = {
  'set-cookie': CANARIES.cookie,
  'www-authenticate': `Bearer realm="${CANARIES.accessToken}"`,
  'x-request-id': 'Kanaria13',
  server: CANARIES.apiKey,
};
const STATUSES = [400, 401, 403, 404, 405, 408, 409, 413, 415, 418, 422, 425, 429, 500, 501, 502, 503, 504];
export const AUTH_PATHS = { path: /\/auth\// };

/** Creates a fault for everything that can go wrong with a response. */
export function createFaults(dialect: Dialect): Fault[] {
  const bodies = errorBodies(dialect);
  const token = { access_token: CANARIES.accessToken, refresh_token: CANARIES.refreshToken };
  return [
    ...STATUSES.map((status, index) => ({
      status,
      headers: LEAKY_HEADERS,
      ...jsonBody(bodies[index % bodies.length]),
    })),
    ...bodies.flatMap((body) => [400, 422, 409].map((status) => ({ status, ...jsonBody(body) }))),
    ...[301, 302, 303, 307, 308].map((status) => ({
      status,
      headers: { ...LEAKY_HEADERS, location: CANARIES.location },
    })),
    { status: 500, ...jsonBody({ error: `400 Bad Request: ${CANARIES.sql}` }) },
    {
      status: 503,
      body: LEAKY_TEXTS.join('\n'),
      headers: { ...LEAKY_HEADERS, 'retry-after': CANARIES.cookie },
    },
    { ...EXPIRED_TOKEN_RESPONSE, headers: LEAKY_HEADERS },
    { status: 200, headers: LEAKY_HEADERS, body: LEAKY_TEXTS.join('\n') },
    {
      status: 200,
      ...jsonBody({
        ...CANARY_PERSONA,
        id: CANARIES.mapKey,
        personas: [CANARY_PERSONA],
        total: CANARIES.city,
      }),
    },
    { status: 200, ...jsonBody([CANARY_PERSONA]) },
    { status: 200, ...jsonBody({ ...token, access_token: `${CANARIES.accessToken}\n` }), match: AUTH_PATHS },
    { status: 200, ...jsonBody({ ...token, access_token: [CANARIES.accessToken] }), match: AUTH_PATHS },
    {
      status: 200,
      ...jsonBody({ ...token, refresh_token: { a: CANARIES.refreshToken } }),
      match: AUTH_PATHS,
    },
    { status: 200, body: `{"access_token": "${CANARIES.accessToken}"`, match: AUTH_PATHS },
    { status: 200, body: 'x'.repeat(60_000) + CANARIES.storedName },
    { reset: true },
    { dropAfterBytes: 20 },
    { stall: true },
  ];
}

export interface LeakWatch {
  readonly tally: AttackTally;
  readonly issuedTokens: Set<string>;
  /** Log levels that were used. */
  readonly loggedLevels?: Set<string>;
}

/** Creates a logger that checks every line for leaks. `shape` adds properties, such as `bindings` of pino. */
function createLogger({ tally, issuedTokens, loggedLevels }: LeakWatch, shape: object): Logger {
  const line =
    (level: string) =>
    (...args: unknown[]) => {
      loggedLevels?.add(level);
      const found = findLeaks(args.map(printAll).join('\n'), issuedTokens);
      tally.check(found.length === 0, () => `logged: ${found} in ${inspect(args)}`);
    };
  return { ...shape, debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
}

/** Creates a client whose events and log lines are checked for leaks. `inspectValue` checks any other value. */
export function createWatchedClient(watch: LeakWatch, options: ClientOptions) {
  const { tally, issuedTokens } = watch;
  const client = new PersonaClient({
    auth: CANARY_USER,
    headers: CANARY_HEADERS,
    maxResponseBytes: 50_000,
    logger: createLogger(watch, tally.tries % 2 === 0 ? {} : { bindings: () => ({}) }),
    logLevel: 'debug',
    ...options,
  });
  for (const name of EVENT_NAMES)
    client.on(name, (event: object) => {
      const found = [
        ...findLeaks(JSON.stringify(event), issuedTokens),
        ...findUnexpectedEventFields(name, event),
      ];
      tally.check(found.length === 0, () => `event ${name}: ${found} in ${inspect(event)}`);
    });
  const inspectValue = (label: string, value: unknown) => {
    const found = findLeaks(printAll(value), issuedTokens);
    if (value instanceof PersonaError) found.push(...findUnexpectedFields(value));
    tally.check(found.length === 0, () => `${label}: ${found} in ${String(value)}`);
  };
  return { client, inspectValue };
}
