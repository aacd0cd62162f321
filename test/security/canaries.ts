import { inspect } from 'node:util';
import { PersonaError, type PersonaEvents } from 'persona-client';

/** Unique secret values. A value that appears in output has leaked. */
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

/** The unique part of each canary, in lower case. The search ignores case and finds encoded forms. */
const MARKERS = [...Array.from({ length: 14 }, (_, index) => `kanaria${index + 1}`), '73915731'];

/** A marker inside base64, for each of its three possible offsets. */
const base64Forms = (marker: string): string[] =>
  [marker, marker[0]?.toUpperCase() + marker.slice(1)].flatMap((word) =>
    [0, 1, 2].map((shift) => {
      const text = btoa(`${' '.repeat(shift)}${word}`).replace(/=+$/, '');
      return text.slice(shift === 0 ? 0 : shift + 1, Math.floor(((shift + word.length) * 8) / 6));
    }),
  );
const hexForms = (marker: string): string[] =>
  [marker, marker[0]?.toUpperCase() + marker.slice(1)].map((word) => Buffer.from(word).toString('hex'));
const percentForm = (marker: string): string =>
  [...marker].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join('');

const anyOf = (words: readonly string[], flags: string) =>
  new RegExp(words.map((word) => word.replace(/[+/.]/g, '\\$&')).join('|'), flags);
const PLAIN = anyOf([...MARKERS, ...MARKERS.map(percentForm), ...MARKERS.flatMap(hexForms)], 'gi');
const ENCODED = anyOf(MARKERS.slice(0, 14).flatMap(base64Forms), 'g');

/** Tokens that the service issued during a test. */
export type IssuedTokens = ReadonlySet<string>;

/** Finds canaries and issued tokens in a text: plain, escaped, URL-encoded, hex, or base64. */
export function findLeaks(text: string, issuedTokens: IssuedTokens = new Set()): string[] {
  const tokens = [...issuedTokens].flatMap((token) => [
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

/** Prints a value in every way that a program might. */
export function printAll(value: unknown): string {
  const deepOptions = { depth: 10, showHidden: true, maxStringLength: null, maxArrayLength: null } as const;
  const outputs = [
    inspect(value, deepOptions),
    inspect(value, { ...deepOptions, getters: true }),
    inspect(value),
    String(value),
  ];
  outputs.push(JSON.stringify(value) ?? '');
  if (value instanceof Error)
    outputs.push(
      value.stack ?? '',
      value.message,
      inspect(structuredClone(value), deepOptions),
      printCause(value),
    );
  return outputs.join('\n');
}

const printCause = (error: Error): string => (error.cause instanceof Error ? printAll(error.cause) : '');

/** `retryAfterMs` is set on errors of every class if the client pauses logins after the failure. */
const COMMON_FIELDS = [
  'attempts',
  'code',
  'maybeApplied',
  'message',
  'request',
  'retryAfterMs',
  'stack',
  'timeline',
];
const WITH_STATUS = [...COMMON_FIELDS, 'status'];

/** All fields of each error class. */
const ERROR_FIELDS: Readonly<Record<string, readonly string[]>> = {
  PersonaValidationError: [...WITH_STATUS, 'issues'],
  PersonaResponseError: [...WITH_STATUS, 'issues', 'personaId', 'page'],
  PersonaAuthenticationError: WITH_STATUS,
  PersonaPermissionError: WITH_STATUS,
  PersonaNotFoundError: [...WITH_STATUS, 'personaId'],
  PersonaConflictError: [...WITH_STATUS, 'ifUnmodifiedSince', 'isApplied'],
  PersonaRateLimitError: WITH_STATUS,
  PersonaServerError: WITH_STATUS,
  PersonaIncompleteListError: [...COMMON_FIELDS, 'total', 'unseen', 'reason'],
  PersonaConnectionError: COMMON_FIELDS,
  PersonaTimeoutError: [...COMMON_FIELDS, 'scope', 'lastError'],
  PersonaCircuitOpenError: COMMON_FIELDS,
  AbortError: COMMON_FIELDS,
};

/** Getters, which logs and `toJSON` omit. They return data of the application's own update, and the stored persona. */
const HIDDEN_FIELDS: Readonly<Record<string, readonly string[]>> = {
  PersonaConflictError: ['stored', 'data'],
};

const CALL_FIELDS = ['callId', 'requestId', 'call'] as const;

/** All fields of each event. */
const EVENT_FIELDS: { readonly [Name in keyof PersonaEvents]: readonly (keyof PersonaEvents[Name])[] } = {
  callStart: CALL_FIELDS,
  callEnd: [...CALL_FIELDS, 'durationMs', 'attempts', 'source', 'error'],
  request: [...CALL_FIELDS, 'attempt', 'method', 'url'],
  response: [...CALL_FIELDS, 'attempt', 'durationMs', 'status', 'error'],
  retry: [...CALL_FIELDS, 'attempt', 'delayMs', 'error', 'status'],
  retrySkipped: [...CALL_FIELDS, 'blockedBy', 'error'],
  reconcile: [...CALL_FIELDS, 'found', 'delayMs'],
  invalidField: [...CALL_FIELDS, 'personaId', 'path', 'rule', 'omitted'],
  unknownField: [...CALL_FIELDS, 'path', 'rule'],
  circuitRejected: [...CALL_FIELDS, 'state'],
  cache: [...CALL_FIELDS, 'outcome'],
  cacheStore: ['ok'],
  circuit: ['state', 'failures'],
  token: ['action', 'ok'],
  insecureAuth: ['origin'],
  dialect: ['dialect'],
  schemaDrift: ['changes', 'breaking', 'diff'],
};
export const EVENT_NAMES = Object.keys(EVENT_FIELDS) as (keyof PersonaEvents)[];

const unexpected = (keys: readonly PropertyKey[], allowed: readonly string[] = []): string[] =>
  keys.map(String).filter((key) => !allowed.includes(key));

/** Timeline entries omit the fields that identify the call. */
const isNotCallField = (field: string) => !CALL_FIELDS.some((name) => name === field);

/** Finds unknown fields of an error, its request, and its timeline. */
export function findUnexpectedFields(error: PersonaError): string[] {
  const allowed = [...(ERROR_FIELDS[error.name] ?? []), 'cause', 'Symbol(persona-client.error)'];
  return [
    ...unexpected(Reflect.ownKeys(error), [...allowed, ...(HIDDEN_FIELDS[error.name] ?? [])]),
    ...unexpected(Object.keys(error.toJSON()), [...allowed, 'name']),
    ...unexpected(Object.keys(error.request ?? {}), ['id', 'method', 'url']),
    ...findUnexpectedTimelineFields(error.timeline),
    ...(error.cause instanceof PersonaError
      ? findUnexpectedFields(error.cause)
      : findUnexpectedCauseFields(error)),
  ];
}

/** A cause of a connection error is built from these fields. */
const findUnexpectedCauseFields = ({ code, cause }: PersonaError): string[] =>
  code === 'connection_failed' && cause instanceof Error
    ? unexpected(Reflect.ownKeys(cause), ['stack', 'message', 'name', 'code', 'syscall'])
    : [];

export const findUnexpectedTimelineFields = (timeline: PersonaError['timeline']): string[] =>
  timeline.flatMap((entry) =>
    unexpected(
      Object.keys(entry),
      ['event', 'elapsedMs', 'remainingMs', ...EVENT_FIELDS[entry.event]].filter(isNotCallField),
    ),
  );

/** Finds unknown fields of an event. */
export const findUnexpectedEventFields = (name: keyof PersonaEvents, event: object): string[] =>
  unexpected(Object.keys(event), EVENT_FIELDS[name]);
