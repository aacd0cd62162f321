import { PersonaError, type PersonaIssue } from './errors/index.js';
import type { TimelineEntry } from './events.js';

/** The method that `console.log` and `util.inspect` call in Node.js, Bun and Deno. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** The maximum number of lines besides the stack. */
const MAX_LINES = 15;
const MAX_PRINTED_ISSUES = 3;
const MAX_EVENTS = 5;

/**
 * Makes all errors short in logs. The client calls this, because only a client creates errors, and a page that imports only the
 * error classes should stay small.
 */
export const shortenInspection = (): void =>
  void Object.defineProperty(PersonaError.prototype, INSPECT, {
    configurable: true,
    value(this: PersonaError, depth: number) {
      return inspectError(this, depth);
    },
  });

/** Formats an error: its stack, and at most 15 lines of details. */
function inspectError(error: PersonaError, depth: number): unknown {
  if (depth < 0) return `[${error.name}: ${error.message}]`;
  const { request, timeline = [], issues = [], lastError, ...fields } = error as PersonaError & Details;
  const lines = [`  ${formatFields(fields)}`];
  if (request) lines.push(`  request: ${request.method} ${request.url} (id ${request.id})`);
  addList(lines, 'issues', issues.slice(0, MAX_PRINTED_ISSUES).map(formatIssue), issues.length);
  addList(lines, 'timeline', timeline.slice(-MAX_EVENTS).map(formatEvent), timeline.length);
  if (lastError) lines.push(`  lastError: ${lastError.name}: ${lastError.message}`);
  const cause = Object(error.cause).stack ?? error.cause;
  if (cause !== undefined)
    lines.push(...`  cause: ${Object(cause) === cause ? 'an object' : String(cause)}`.split('\n'));
  const text = [error.stack ?? error.name, ...lines.slice(0, MAX_LINES)].join('\n');
  // Node.js indents the text of a nested object, but not a string.
  return { [INSPECT]: () => text, toString: () => text };
}

interface Details {
  readonly issues?: readonly PersonaIssue[];
  readonly lastError?: Error | undefined;
}

function addList(lines: string[], name: string, shown: readonly string[], count: number): void {
  if (count === 0) return;
  const hint = shown.length < count ? ` (${shown.length} of ${count})` : '';
  lines.push(`  ${name}${hint}:`, ...shown.map((line) => `    ${line}`));
}

const formatIssue = ({ path, message }: PersonaIssue): string =>
  path.length > 0 ? `${path.join('.')}: ${message}` : message;

/** Omits the fields that the line `request` shows. */
function formatEvent({ event, elapsedMs, remainingMs: _, ...fields }: TimelineEntry): string {
  const { method: __, url: ___, ...others } = fields as Record<string, unknown>;
  return `${Math.round(elapsedMs)} ms: ${event} ${formatFields(others)}`.trim();
}

/** Formats the fields that are not objects, in one line. */
const formatFields = (fields: object): string =>
  Object.entries(fields)
    .filter(([, value]) => value !== undefined && Object(value) !== value)
    .map(([key, value]) => `${key}: ${key.endsWith('Ms') ? Math.round(Number(value)) : String(value)}`)
    .join(', ');
