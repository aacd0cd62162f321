import { PersonaError, type PersonaErrorDetails } from '../errors.js';
import type { CallEvent, CallMeta, Events, PersonaEvents, TimelineEntry } from '../events.js';
import type { Call, Progress } from './layer.js';

/** Nothing has happened yet. */
export const newProgress = (): Progress => ({
  attempts: 0,
  ended: false,
  maybeApplied: false,
  inDoubt: false,
  replayed: false,
  lastError: undefined,
  timeline: undefined,
});

export const urlOf = ({ base, path }: Call): string => base + path;

/** What every error about this call says of it. */
export const about = (call: Call) =>
  ({
    request: { id: call.requestId.text, method: call.method, url: urlOf(call) },
    attempts: call.progress.attempts,
    maybeApplied: call.progress.maybeApplied,
    timeline: timelineOf(call),
  }) satisfies PersonaErrorDetails;

/** The call in words, for messages: `personas.get (GET http://…)`. */
export const named = (call: Call): string => `${call.name} (${call.method} ${urlOf(call)})`;

/** What a caller must know about a write that failed. Empty for reads. */
export function aftermath(call: Call): string {
  if (!call.write) return '';
  return call.progress.maybeApplied
    ? ' The write may have taken effect: read before you repeat it.'
    : ' Nothing was written.';
}

/** What its requests carry beside the token. */
export const headersOf = ({ requestId, headers, body }: Call): Readonly<Record<string, string>> => ({
  accept: 'application/json',
  'x-request-id': requestId.text,
  ...(body === undefined ? undefined : { 'content-type': 'application/json' }),
  ...headers,
});

const eventOf = ({ callId, requestId, name }: Call): CallEvent => ({
  callId,
  requestId: requestId.text,
  call: name,
});

export function announce(events: Events, call: Call): void {
  if (events.isHeard('begin')) events.emit('begin', eventOf(call));
}

/** Whichever way: its time is over, and so is what can be told of it. */
export function end(
  events: Events,
  call: Call,
  how: { readonly source: CallMeta['source'] } | { readonly thrown: unknown },
): void {
  call.progress.ended = true;
  if (!events.isHeard('end')) return;
  events.emit('end', {
    ...eventOf(call),
    durationMs: performance.now() - call.startedAt,
    attempts: call.progress.attempts,
    ...('source' in how ? how : how.thrown instanceof PersonaError ? { error: how.thrown.code } : {}),
  });
}

const TIMELINE_LENGTH = 100;

/** One and the same from when it is first looked at: what holds it, hears of what comes. */
export function timelineOf({ progress }: Call): readonly TimelineEntry[] {
  progress.timeline ??= [];
  return progress.timeline;
}

/** What an event tells beside its call. */
export type Happened = {
  [K in TimelineEntry['event']]: { readonly event: K } & Omit<PersonaEvents[K], keyof CallEvent>;
}[TimelineEntry['event']];

/**
 * Emit an event of this call, and keep it in the call's timeline.
 *
 * @param now by `performance.now()`, where that was looked at already.
 */
export function record(events: Events, call: Call, happened: Happened, now = performance.now()): void {
  const { progress } = call;
  if (!progress.ended) {
    const entry: TimelineEntry = { ...happened, atMs: now - call.startedAt, leftMs: call.deadline.at - now };
    if (progress.timeline === undefined)
      progress.timeline = [entry]; // many have one only; an array that grows makes room for 16 more
    else if (progress.timeline.length < TIMELINE_LENGTH) progress.timeline.push(entry);
  }
  if (!events.isHeard(happened.event)) return;
  const { event, ...details } = happened;
  events.emit(event, { ...eventOf(call), ...details } as never);
}
