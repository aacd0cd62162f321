import type { AccessPolicy } from '../../config/access-policy.js';
import type { Call } from '../../core/call.js';
import type { EventEmitter } from '../../core/event-emitter.js';
import type { InvalidField } from '../../core/events.js';
import { CATEGORY_NAMES, MAX_REPORTED_FIELDS, REQUIRED_FIELDS } from './wire-data.js';

export interface ReportContext {
  readonly events: EventEmitter;
  readonly policy: AccessPolicy;
  readonly escapeControls: (text: string) => string;
}

/** Emits an event per field. Returns the fields that the caller may see. */
export function report(
  call: Call,
  invalidFields: readonly InvalidField[],
  { events, policy, escapeControls }: ReportContext,
): readonly InvalidField[] {
  const visibleFields = invalidFields.filter(({ path }) => !isRedacted(policy, path));
  for (const { value: _, ...field } of visibleFields.slice(0, MAX_REPORTED_FIELDS))
    events.emit('invalidField', {
      callId: call.callId,
      requestId: call.requestId.value,
      call: call.name,
      ...field,
      path: field.path.map(escapeControls),
    });
  return visibleFields;
}

/** Returns whether the value at this path of a persona may contain data that the caller may not see. */
const isRedacted = ({ redactedPaths }: AccessPolicy, [category = '', name]: readonly string[]): boolean =>
  redactedPaths.length > 0 &&
  (![...REQUIRED_FIELDS, ...CATEGORY_NAMES].includes(category) ||
    redactedPaths.some(
      ({ property, field = name }) => property === category && (name === undefined || name === field),
    ));
