import { PersonaError, type PersonaErrorDetails } from '../errors.js';
import type { CallEvent, Events, PersonaEvents, TimelineEntry } from '../events.js';
import type { CallMeta } from './outcome.js';
import type { Call, Progress } from './types.js';

/** Nothing has happened yet. */
export const newProgress = (): Progress => ({
  attempts: 0,
  ended: false,
  maybeApplied: false,
  inDoubt: false,
  replayed: false,
  lastError: undefined,
  timeline: [],
});

/** What every error about this call says of it. */
export const about = (call: Call) =>
  ({
    request: { id: call.id, method: call.method, url: call.url },
    attempts: call.progress.attempts,
    maybeApplied: call.progress.maybeApplied,
    timeline: call.progress.timeline,
  }) satisfies PersonaErrorDetails;

/** The call in words, for messages: `personas.get (GET http://…)`. */
export const named = (call: Call): string => `${call.name} (${call.method} ${call.url})`;

/** What a caller must know about a write that failed. Empty for reads. */
export function aftermath(call: Call): string {
  if (!call.write) return '';
  return call.progress.maybeApplied
    ? ' The write may have taken effect: read before you repeat it.'
    : ' Nothing was written.';
}

const eventOf = ({ callId, id, name }: Call): CallEvent => ({ callId, requestId: id, call: name });

/** Tell that a call begins. What it answers is to be told how it ended. */
export function announce(events: Events, call: Call) {
  if (events.isHeard('begin')) events.emit('begin', eventOf(call));
  return (how: { readonly source: CallMeta['source'] } | { readonly thrown: unknown }) => {
    if (!events.isHeard('end')) return;
    events.emit('end', {
      ...eventOf(call),
      durationMs: performance.now() - call.startedAt,
      attempts: call.progress.attempts,
      ...('source' in how ? how : how.thrown instanceof PersonaError ? { error: how.thrown.code } : {}),
    });
  };
}

const TIMELINE_LENGTH = 100;

/** Emit an event of this call, and keep it in the call's timeline. */
export function record<K extends TimelineEntry['event']>(
  events: Events,
  call: Call,
  event: K,
  details: Omit<PersonaEvents[K], keyof CallEvent>,
): void {
  const { timeline } = call.progress;
  const now = performance.now();
  const time = { atMs: now - call.startedAt, leftMs: call.deadline.at - now };
  if (timeline.length < TIMELINE_LENGTH && !call.progress.ended)
    timeline.push({ event, ...time, ...details } as unknown as TimelineEntry);
  if (events.isHeard(event))
    events.emit(event, { ...eventOf(call), ...details } as unknown as PersonaEvents[K]);
}
