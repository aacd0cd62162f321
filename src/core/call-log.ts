import type { Call } from './call.js';
import { PersonaError } from './errors/index.js';
import type { CallEvent, CallMeta, Events, PersonaEvents, TimelineEntry } from './events.js';

export const eventOf = ({ callId, requestId, name }: Call): CallEvent => ({
  callId,
  requestId: requestId.text,
  call: name,
});

export function emitCallStart(events: Events, call: Call): void {
  if (events.hasListeners('callStart')) events.emit('callStart', eventOf(call));
}

/** Whichever way: its time is over, and so is what can be told of it. */
export function emitCallEnd(
  events: Events,
  call: Call,
  how: { readonly source: CallMeta['source'] } | { readonly thrown: unknown },
): void {
  call.progress.ended = true;
  if (!events.hasListeners('callEnd')) return;
  events.emit('callEnd', {
    ...eventOf(call),
    durationMs: performance.now() - call.startedAt,
    attempts: call.progress.attempts,
    ...('source' in how ? how : how.thrown instanceof PersonaError ? { error: how.thrown.code } : {}),
  });
}
export const TIMELINE_LENGTH = 100;

/** What an event tells beside its call. */
export type CallLogEntry = {
  [K in TimelineEntry['event']]: { readonly event: K } & Omit<PersonaEvents[K], keyof CallEvent>;
}[TimelineEntry['event']];

/**
 * Emit an event of this call, and keep it in the call's timeline.
 *
 * @param now by `performance.now()`, where that was looked at already.
 */
export function record(events: Events, call: Call, happened: CallLogEntry, now = performance.now()): void {
  const { progress } = call;
  if (!progress.ended) {
    const entry: TimelineEntry = {
      ...happened,
      elapsedMs: now - call.startedAt,
      remainingMs: call.deadline.at - now,
    };
    if (progress.timeline === undefined)
      progress.timeline = [entry]; // many have one only; an array that grows makes room for 16 more
    else if (progress.timeline.length < TIMELINE_LENGTH) progress.timeline.push(entry);
  }
  if (!events.hasListeners(happened.event)) return;
  const { event, ...details } = happened;
  events.emit(event, { ...eventOf(call), ...details } as never);
}
