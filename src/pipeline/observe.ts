import { displayUrl, renewLease } from '../core/call.js';
import { recordEvent } from '../core/call-log.js';
import { PersonaError } from '../core/errors/index.js';
import type { EventEmitter } from '../core/event-emitter.js';
import { monotonicNow } from '../core/monotonic-now.js';
import type { ServiceProfile } from '../core/service-profile.js';
import type { Layer } from './layer.js';

/** Emits `request` and `response` for every exchange, and updates the service profile from every response. */
export const observe =
  (events: EventEmitter, profile: Pick<ServiceProfile, 'updateFromResponse'>): Layer =>
  (next) =>
  (attempt) => {
    const { call, number } = attempt;
    const startedAt = monotonicNow();
    renewLease(call);
    const recordResponse = (outcome: { status: number } | { error: PersonaError['code'] }) =>
      recordEvent(events, call, {
        event: 'response',
        attempt: number,
        durationMs: monotonicNow() - startedAt,
        ...outcome,
      });
    recordEvent(events, call, {
      event: 'request',
      attempt: number,
      method: call.method,
      url: displayUrl(call),
    });
    return next(attempt).then(
      (response) => {
        profile.updateFromResponse(response, call.path, startedAt);
        recordResponse({ status: response.status });
        return response;
      },
      (error: unknown) => {
        recordResponse({ error: error instanceof PersonaError ? error.code : 'connection_failed' });
        throw error;
      },
    );
  };
