import type { Logger, LogLevel } from '../config/logger.js';
import type { PersonaEvents } from '../core/events.js';
import { escapeControls } from '../core/safe-text.js';

type MessageLevel = Exclude<LogLevel, 'silent'>;
type Format<K extends keyof PersonaEvents> = (event: PersonaEvents[K]) => readonly [MessageLevel, string];

/** Level and message of each event. Events without an entry are not logged. */
const FORMATS: { readonly [K in keyof PersonaEvents]?: Format<K> } = {
  callEnd: ({ call, error }) => {
    if (error === undefined) return ['debug', `${call} succeeded`];
    return [EXPECTED_ERRORS.has(error) ? 'debug' : 'warn', `${call} failed: ${error}`];
  },
  request: ({ call, attempt }) => ['debug', `${call}: sending attempt ${attempt}`],
  response: ({ call, status, error }) => [
    'debug',
    status === undefined ? `${call}: request failed: ${error}` : `${call}: received ${status}`,
  ],
  retry: ({ call, error, delayMs }) => ['warn', `${call}: ${error}, retrying in ${Math.round(delayMs)} ms`],
  retrySkipped: ({ call, blockedBy, error }) => ['warn', `${call}: ${error}, retry blocked by ${blockedBy}`],
  reconcile: ({ call, found }) => [
    'info',
    `${call}: searched for the persona after a lost response, ${found ? 'found' : 'not found'}`,
  ],
  invalidField: ({ call, personaId, path, rule, omitted }) => [
    'warn',
    `${call}: omitted ${omitted === 'row' ? 'a row' : 'a field'} (${personaId === undefined ? 'no valid id' : `persona ${personaId}`}): ${path.join('.') || 'it'} is invalid: ${rule}`,
  ],
  unknownField: ({ call, path, rule }) => ['warn', `${call}: ${path.join('.')} ${rule}`],
  circuitRejected: ({ call, state }) => ['warn', `${call} was rejected: the circuit is ${state}`],
  cache: ({ call, outcome }) => ['debug', `${call}: cache ${outcome}`],
  circuit: ({ state }) => [state === 'open' ? 'error' : 'info', `the circuit is ${state}`],
  token: ({ action, ok }) => [ok ? 'info' : 'warn', `token ${action} ${ok ? 'succeeded' : 'failed'}`],
  insecureAuth: ({ origin }) => ['warn', `credentials may be sent over plain http to ${origin}`],
  dialect: ({ dialect }) => ['info', `the service uses the ${dialect} dialect`],
  schemaDrift: ({ breaking }) => [
    'warn',
    `the field config of the service changed${breaking ? ', with breaking changes' : ''}`,
  ],
};

/** Errors that are part of normal operation. */
const EXPECTED_ERRORS: ReadonlySet<string> = new Set(['aborted', 'not_found']);

/** The event fields to log. None contains persona data. A new event field is not logged until it is listed here. */
const LOGGED_FIELDS = [
  ...['requestId', 'callId', 'attempt', 'attempts', 'method', 'status', 'durationMs', 'delayMs', 'error'],
  ...['source', 'blockedBy', 'found', 'state', 'outcome', 'failures', 'action', 'ok', 'breaking'],
  ...['personaId', 'rule', 'omitted'],
];

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent'];

/** Writes an event to the logger, unless its level is below `minLevel`. */
export function logEvent<K extends keyof PersonaEvents>(
  logger: Logger,
  minLevel: LogLevel,
  name: K,
  event: PersonaEvents[K],
): unknown {
  const [level, text] = (FORMATS[name] as Format<K> | undefined)?.(event) ?? [];
  if (level === undefined || LEVELS.indexOf(level) < LEVELS.indexOf(minLevel)) return undefined;
  const message = `persona-client: ${escapeControls(text ?? '')}`;
  const fields = { event: name, ...selectFields(event) };
  const write = logger[level] as (...args: unknown[]) => unknown;
  return write.apply(logger, isPino(logger) ? [fields, message] : [message, fields]);
}

/** pino expects the fields first. `console` and similar loggers expect the message first. */
const isPino = (logger: Logger): boolean => 'bindings' in logger && typeof logger.bindings === 'function';

function selectFields(event: object): Record<string, unknown> {
  const loggedEntries = Object.entries(event).filter(([name]) => LOGGED_FIELDS.includes(name));
  const fields = loggedEntries.map(([name, value]) => [
    name,
    typeof value === 'string' ? escapeControls(value) : value,
  ]);
  const path = 'url' in event ? [['path', anonymizePath(String(event.url))]] : [];
  return Object.fromEntries([...fields, ...path]);
}

/** Removes the query, and replaces persona ids by `{id}`. */
const anonymizePath = (url: string): string => new URL(url).pathname.replace(/\/\d+(?=\/|$)/g, '/{id}');
