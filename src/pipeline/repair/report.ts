import type { AccessPolicy } from '../../config/access-policy.js';
import type { Call } from '../../core/call.js';
import { toCallEvent } from '../../core/call-log.js';
import type { EventEmitter } from '../../core/event-emitter.js';
import type { InvalidField } from '../../core/events.js';
import { MAX_INVALID_FIELDS } from '../invalid-fields.js';
import { PERSONA_FIELDS } from '../redact.js';

export interface ReportContext {
  readonly events: EventEmitter;
  readonly policy: AccessPolicy;
}

/** Emits an event per field. Returns the fields that the caller may see. */
export function report(
  call: Call,
  invalidFields: readonly InvalidField[],
  { events, policy }: ReportContext,
): readonly InvalidField[] {
  const visibleFields = invalidFields.filter(({ path }) => !isRedacted(policy, path));
  for (const { value: _, ...field } of visibleFields.slice(0, MAX_INVALID_FIELDS))
    events.emit('invalidField', { ...toCallEvent(call), ...field });
  return visibleFields;
}

/** Returns whether the value at this path of a persona may contain data that the caller may not see. */
const isRedacted = ({ redactedPaths }: AccessPolicy, [category = '', name]: readonly string[]): boolean =>
  redactedPaths.length > 0 &&
  (!PERSONA_FIELDS.includes(category) ||
    redactedPaths.some(
      ({ property, field = name }) => property === category && (name === undefined || name === field),
    ));
