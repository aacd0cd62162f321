import type { ResolvedOptions } from '../config/resolve-options.js';
import type { Call } from '../core/call.js';
import { toCallEvent } from '../core/call-log.js';
import type { PersonaIssue } from '../core/errors/index.js';
import type { EventEmitter } from '../core/event-emitter.js';
import type { ServiceProfile } from '../core/service-profile.js';
import { defaultFields } from '../schemas/category-schemas.js';
import type { AttributeValues } from '../schemas/field-config.js';
import { unknownNameMessage } from '../schemas/suggest-name.js';

interface UnknownFieldsContext {
  readonly options: ResolvedOptions;
  readonly profile: ServiceProfile;
  readonly events: EventEmitter;
  /** The unknown fields that the client has reported, such as `psychographic.interest`. */
  readonly reportedFields: Set<string>;
}

/** Bounds the memory of `reportedFields`. */
const MAX_REPORTED_FIELDS = 1_000;

/**
 * Finds fields that are neither default fields, nor in the field config that the client has read, nor in the schema of their
 * category.
 */
export const findUnknownFields = (
  { options, profile }: Pick<UnknownFieldsContext, 'options' | 'profile'>,
  attributes: readonly AttributeValues[] = [],
): (PersonaIssue & Pick<AttributeValues, 'category'>)[] =>
  attributes.flatMap(({ category, values, path }) => {
    if (!values) return [];
    const names = Object.keys(values);
    const configured = profile.fieldConfig?.[category]?.fields.map(({ name }) => name) ?? [];
    const hasDefaultFields = options.attributes?.hasDefaultFields(category) ?? true;
    const others = hasDefaultFields ? [...configured, ...defaultFields(category)] : configured;
    if (names.every((name) => others.includes(name))) return [];
    const defined = options.attributes?.findKnownFields({ category, values, path }) ?? [];
    const known = new Set([...defined, ...others]);
    return names
      .filter((name) => !known.has(name))
      .map((name) => ({ category, path: [...path, name], message: unknownNameMessage(name, [...known]) }));
  });

/** Emits an event for each unknown field that the client has not reported yet. */
export function reportUnknownFields(
  context: UnknownFieldsContext,
  call: Call,
  attributes: readonly AttributeValues[],
): void {
  const { events, reportedFields } = context;
  for (const { category, path, message } of findUnknownFields(context, attributes)) {
    const fieldPath = [category, `${path.at(-1)}`];
    if (reportedFields.has(fieldPath.join('.')) || reportedFields.size === MAX_REPORTED_FIELDS) continue;
    reportedFields.add(fieldPath.join('.'));
    events.emit('unknownField', { ...toCallEvent(call), path: fieldPath, rule: message });
  }
}
