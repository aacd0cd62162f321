import type { Logger, LogLevel } from '../config/options.js';
import type { PersonaEvents } from '../core/events.js';

type Level = Exclude<LogLevel, 'silent'>;
type Line<K extends keyof PersonaEvents> = (event: PersonaEvents[K]) => readonly [Level, string];

/** What is said of each event, and how loudly. One that is not here is not logged. */
const LINES: { readonly [K in keyof PersonaEvents]?: Line<K> } = {
  callEnd: ({ call, error }) =>
    error === undefined || QUIET.has(error)
      ? ['debug', `${call} ended: ${error ?? 'done'}`]
      : ['warn', `${call} failed: ${error}`],
  request: ({ call, attempt }) => ['debug', `${call}: request, attempt ${attempt}`],
  response: ({ call, status, error }) => ['debug', `${call}: answered ${status ?? error}`],
  retry: ({ call, error: reason, delayMs: waitMs }) => [
    'warn',
    `${call}: ${reason}, tried again in ${Math.round(waitMs)} ms`,
  ],
  retrySkipped: ({ call, blockedBy, error: reason }) => [
    'warn',
    `${call}: ${reason}, not tried again: ${blockedBy}`,
  ],
  reconcile: ({ call, found }) => [
    'info',
    `${call} in doubt: looked for it, ${found ? 'found' : 'not found'}`,
  ],
  circuitRejected: ({ call, state }) => ['warn', `${call} refused: the circuit is ${state}`],
  cache: ({ call, outcome }) => ['debug', `${call}: cache ${outcome}`],
  circuit: ({ state }) => [state === 'open' ? 'error' : 'info', `the circuit is ${state}`],
  token: ({ action, ok }) => [ok ? 'info' : 'warn', `token: ${action} ${ok ? 'done' : 'failed'}`],
  insecureAuth: ({ origin }) => ['warn', `credentials may go over plain http to ${origin}`],
  dialect: ({ dialect }) => ['info', `the service speaks ${dialect}`],
  schemaDrift: ({ breaking }) => [
    'warn',
    `the deployment's fields have changed${breaking ? ', breaking' : ''}`,
  ],
};

/** How calls end in the course of things. */
const QUIET: ReadonlySet<string> = new Set(['aborted', 'not_found']);

/** What may be logged of an event, whatever else it comes to hold. None of it is of a persona. */
const FIELDS = [
  ...['requestId', 'callId', 'attempt', 'attempts', 'method', 'status', 'durationMs', 'delayMs', 'error'],
  ...['source', 'blockedBy', 'found', 'state', 'outcome', 'failures', 'action', 'ok', 'breaking'],
];

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent'];

/** One line for an event, with its fields, if it is loud enough. */
export function log<K extends keyof PersonaEvents>(
  logger: Logger,
  from: LogLevel,
  name: K,
  event: PersonaEvents[K],
): unknown {
  const [level, told] = (LINES[name] as Line<K> | undefined)?.(event) ?? [];
  if (level === undefined || LEVELS.indexOf(level) < LEVELS.indexOf(from)) return undefined;
  const message = `persona-client: ${escaped(told)}`;
  const fields = { event: name, ...fieldsOf(event) };
  const write = logger[level] as (...line: unknown[]) => unknown;
  return write.apply(logger, isPino(logger) ? [fields, message] : [message, fields]);
}

/** pino wants what is to be merged first; console, and those like it, the message. */
const isPino = (logger: Logger): boolean => 'bindings' in logger && typeof logger.bindings === 'function';

function fieldsOf(event: object): Record<string, unknown> {
  const kept = Object.entries(event).filter(([name]) => FIELDS.includes(name));
  const fields = kept.map(([name, value]) => [name, typeof value === 'string' ? escaped(value) : value]);
  const url = 'url' in event ? [['path', pathOf(String(event.url))]] : [];
  return Object.fromEntries([...fields, ...url]);
}

/** Without the query, and with `{id}` for what tells of a single persona. */
const pathOf = (url: string): string => new URL(url).pathname.replace(/\/\d+(?=\/|$)/g, '/{id}');

/** Nothing that could end a line, move a cursor or hide text. */
const escaped = (text = ''): string =>
  text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
