import { inspect } from 'node:util';
import { type ClientOptions, type Logger, PersonaClient, PersonaError } from 'persona-client';
import type { Dialect, Fault } from 'persona-client/testing';
import { CANARIES, EVENT_NAMES, leaksIn, shown, strangersIn, strangersInEvent } from './canaries.js';
import type { Tally } from './report.js';
import { EXPIRED } from './world.js';

export const PERSONA = {
  name: CANARIES.name,
  demographic: { city: CANARIES.city, latitude: CANARIES.latitude, longitude: 1, age: CANARIES.age },
  psychographic: { interests: [CANARIES.interest] },
  behavioral: { social_media_activity: { [CANARIES.mapKey]: CANARIES.mapValue } },
};
export const USER = { username: 'admin', password: CANARIES.password };
export const HEADERS = { 'X-Api-Key': CANARIES.apiKey, Cookie: CANARIES.cookie };

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
export const AUTH = { path: /\/auth\// };

/** Everything that can go wrong with an answer. */
export function faults(dialect: Dialect): Fault[] {
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

export interface Seen {
  readonly tally: Tally;
  readonly granted: Set<string>;
  /** The levels of what was logged. */
  readonly logged?: Set<string>;
}

/** Any that is shaped like a console or, with `bindings`, like a pino; says of all its lines what is in them. */
function loggerOf({ tally, granted, logged }: Seen, shape: object): Logger {
  const line =
    (level: string) =>
    (...told: unknown[]) => {
      logged?.add(level);
      const found = leaksIn(told.map(shown).join('\n'), granted);
      tally.check(found.length === 0, () => `logged: ${found} in ${inspect(told)}`);
    };
  return { ...shape, debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
}

/** A client whose events, log, console and errors are looked at. */
export function watched(seen: Seen, options: ClientOptions) {
  const { tally, granted } = seen;
  const client = new PersonaClient({
    auth: USER,
    headers: HEADERS,
    maxResponseBytes: 50_000,
    logger: loggerOf(seen, tally.tries % 2 === 0 ? {} : { bindings: () => ({}) }),
    logLevel: 'debug',
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
