import type { Call } from './call.js';
import { PersonaError } from './errors/index.js';
import type { EventEmitter } from './event-emitter.js';
import type { CallEvent, CallMeta, PersonaEvents, TimelineEntry } from './events.js';
import { monotonicNow } from './monotonic-now.js';

const MAX_TIMELINE_ENTRIES = 100;

/** An event of a call, without the fields that identify the call. */
export type CallLogEntry = {
  [K in TimelineEntry['event']]: { readonly event: K } & Omit<PersonaEvents[K], keyof CallEvent>;
}[TimelineEntry['event']];

export function emitCallStart(events: EventEmitter, call: Call): void {
  if (events.hasListeners('callStart')) events.emit('callStart', toCallEvent(call));
}

/** Marks the call as ended, and emits `callEnd` with the source of the result or the code of the error. */
export function emitCallEnd(
  events: EventEmitter,
  call: Call,
  outcome: { readonly source: CallMeta['source'] } | { readonly error: unknown },
): void {
  call.progress.hasEnded = true;
  if (!events.hasListeners('callEnd')) return;
  events.emit('callEnd', {
    ...toCallEvent(call),
    durationMs: monotonicNow() - call.startedAt,
    attempts: call.progress.attempts,
    ...('source' in outcome
      ? outcome
      : outcome.error instanceof PersonaError
        ? { error: outcome.error.code }
        : {}),
  });
}

/**
 * Emits an event of this call, and adds it to the call's timeline.
 *
 * The timeline ends with the call. Later events, such as the `response` of an aborted request, are only emitted.
 *
 * @param now by `monotonicNow()`.
 */
export function recordEvent(
  events: EventEmitter,
  call: Call,
  entry: CallLogEntry,
  now = monotonicNow(),
): void {
  const { progress } = call;
  if (!progress.hasEnded) {
    const timelineEntry: TimelineEntry = {
      ...entry,
      elapsedMs: now - call.startedAt,
      remainingMs: call.deadline.expiresAt - now,
    };
    if (progress.timeline === undefined)
      progress.timeline = [timelineEntry]; // most calls have one entry, and `push` would reserve space for 16 more
    else if (progress.timeline.length < MAX_TIMELINE_ENTRIES) progress.timeline.push(timelineEntry);
  }
  if (!events.hasListeners(entry.event)) return;
  const { event, ...details } = entry;
  events.emit(event, { ...toCallEvent(call), ...details } as never);
}

export const toCallEvent = ({ callId, requestId, name }: Call): CallEvent => ({
  callId,
  requestId: requestId.value,
  call: name,
});
