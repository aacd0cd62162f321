import { inspect } from 'node:util';
import { PersonaError, type PersonaEvents } from 'persona-client';

/** Values that occur nowhere else: wherever one of them turns up, it has leaked. */
export const CANARIES = {
  password: 'pw-Kanaria1 "quoted"\\n/é&+',
  accessToken: 'tok-Kanaria2.a-b_c.sig==',
  refreshToken: 'ref-Kanaria3/+=~',
  cookie: 'Kanaria4=value; Path=/; HttpOnly',
  apiKey: 'key-Kanaria5-/+',
  name: 'Kanaria6 "Zoë" O’Neil <b>',
  city: 'Kanaria7-on-Sea',
  interest: 'kanaria8 & knitting',
  mapKey: 'Kanaria9@example.com',
  mapValue: 'kanaria10:+1 555 0100',
  latitude: 48.73915731,
  age: 119,
  storedName: 'Kanaria11, Stored',
  sql: "INSERT INTO personas (name) VALUES ('Kanaria12')",
  requestId: 'Kanaria13\u001b[31m',
  location: 'https://kanaria14.example/?token=Kanaria14',
} as const;

/** By these they are known again, in whatever they are packed. Case is not looked at. */
const CORES = [...Array.from({ length: 14 }, (_, at) => `kanaria${at + 1}`), '73915731'];

/** A core as it stands inside of base64, for each of the three places where it can begin. */
const base64Of = (core: string): string[] =>
  [core, core[0]?.toUpperCase() + core.slice(1)].flatMap((word) =>
    [0, 1, 2].map((shift) => {
      const text = btoa(`${' '.repeat(shift)}${word}`).replace(/=+$/, '');
      return text.slice(shift === 0 ? 0 : shift + 1, Math.floor(((shift + word.length) * 8) / 6));
    }),
  );
const hexOf = (core: string): string[] =>
  [core, core[0]?.toUpperCase() + core.slice(1)].map((word) => Buffer.from(word).toString('hex'));
const percentOf = (core: string): string =>
  [...core].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join('');

const oneOf = (words: readonly string[], flags: string) =>
  new RegExp(words.map((word) => word.replace(/[+/.]/g, '\\$&')).join('|'), flags);
const PLAIN = oneOf([...CORES, ...CORES.map(percentOf), ...CORES.flatMap(hexOf)], 'gi');
const ENCODED = oneOf(CORES.slice(0, 14).flatMap(base64Of), 'g');

/** The secrets that a service makes itself, to be looked for besides. */
export type Granted = ReadonlySet<string>;

/** Which canaries and tokens stand in a text, plain, escaped, URL-encoded, in hex or in base64. */
export function leaksIn(text: string, granted: Granted = new Set()): string[] {
  const tokens = [...granted].flatMap((token) => [
    token.split('.').at(-1) ?? token,
    btoa(token).slice(0, 40),
  ]);
  return [
    ...(text.match(PLAIN) ?? []),
    ...(text.match(ENCODED) ?? []),
    ...tokens.filter((form) => text.includes(form)),
    ...(/\bbearer\s+[\w-]/i.test(text) ? ['Bearer'] : []),
  ];
}

/** Every way in which a program might print a value. */
export function shown(value: unknown): string {
  const deep = { depth: 10, showHidden: true, maxStringLength: null, maxArrayLength: null } as const;
  const ways = [
    inspect(value, deep),
    inspect(value, { ...deep, getters: true }),
    inspect(value),
    String(value),
  ];
  ways.push(JSON.stringify(value) ?? '');
  if (value instanceof Error) ways.push(value.stack ?? '', value.message, shownCauses(value));
  return ways.join('\n');
}

const shownCauses = (error: Error): string => (error.cause instanceof Error ? shown(error.cause) : '');

const COMMON = ['attempts', 'code', 'maybeApplied', 'message', 'request', 'stack', 'timeline'];
const WITH_STATUS = [...COMMON, 'status'];

/** Exactly what each class of error holds. */
const OWN: Readonly<Record<string, readonly string[]>> = {
  PersonaValidationError: [...WITH_STATUS, 'issues'],
  PersonaResponseError: [...WITH_STATUS, 'issues'],
  PersonaAuthenticationError: WITH_STATUS,
  PersonaPermissionError: WITH_STATUS,
  PersonaNotFoundError: [...WITH_STATUS, 'personaId'],
  PersonaConflictError: WITH_STATUS,
  PersonaRateLimitError: [...WITH_STATUS, 'retryAfterMs'],
  PersonaServerError: [...WITH_STATUS, 'retryAfterMs'],
  PersonaConnectionError: COMMON,
  PersonaTimeoutError: [...COMMON, 'scope', 'lastError'],
  PersonaCircuitOpenError: [...COMMON, 'retryAfterMs'],
  AbortError: COMMON,
};

const CALL = ['callId', 'requestId', 'call'] as const;

/** Exactly what each event holds. */
const EVENTS: { readonly [Name in keyof PersonaEvents]: readonly (keyof PersonaEvents[Name])[] } = {
  callStart: CALL,
  callEnd: [...CALL, 'durationMs', 'attempts', 'source', 'error'],
  request: [...CALL, 'attempt', 'method', 'url'],
  response: [...CALL, 'attempt', 'durationMs', 'status', 'error'],
  retry: [...CALL, 'attempt', 'delayMs', 'error', 'status'],
  retrySkipped: [...CALL, 'blockedBy', 'error'],
  reconcile: [...CALL, 'found', 'delayMs'],
  circuitRejected: [...CALL, 'state'],
  cache: [...CALL, 'outcome'],
  cacheStore: ['ok'],
  circuit: ['state', 'failures'],
  token: ['action', 'ok'],
  insecureAuth: ['origin'],
  dialect: ['dialect'],
  schemaDrift: ['changes', 'breaking', 'diff'],
};
export const EVENT_NAMES = Object.keys(EVENTS) as (keyof PersonaEvents)[];

const beyond = (keys: readonly PropertyKey[], allowed: readonly string[] = []): string[] =>
  keys.map(String).filter((key) => !allowed.includes(key));

/** A timeline does not repeat whose it is. */
const isOfNoCall = (field: string) => !CALL.some((name) => name === field);

/** Fields of an error, its request and its timeline that are not meant to be there. */
export function strangersIn(error: PersonaError): string[] {
  const own = [...(OWN[error.name] ?? []), 'cause', 'Symbol(persona-client.error)'];
  return [
    ...beyond(Reflect.ownKeys(error), own),
    ...beyond(Object.keys(error.toJSON()), [...own, 'name']),
    ...beyond(Object.keys(error.request ?? {}), ['id', 'method', 'url']),
    ...strangersInTimeline(error.timeline),
    ...(error.cause instanceof PersonaError ? strangersIn(error.cause) : []),
  ];
}

export const strangersInTimeline = (timeline: PersonaError['timeline']): string[] =>
  timeline.flatMap((entry) =>
    beyond(Object.keys(entry), ['event', 'atMs', 'leftMs', ...EVENTS[entry.event]].filter(isOfNoCall)),
  );

/** Fields of an event that are not meant to be there. */
export const strangersInEvent = (name: keyof PersonaEvents, event: object): string[] =>
  beyond(Object.keys(event), EVENTS[name]);
