import type { AccessPolicy, RedactedPath } from '../config/access-policy.js';
import { CATEGORIES } from '../schemas/categories.js';
import type { Endpoint } from './endpoint.js';

/** Deletes the fields of `data` that the caller may not see, in place. No other call may share `data`. */
export function redact<Wire>(
  { redactedPaths }: AccessPolicy,
  endpoint: Pick<Endpoint<never, Wire, unknown>, 'visitData' | 'internal'>,
  data: Wire,
): Wire {
  if (redactedPaths.length > 0 && !endpoint.internal && data !== undefined)
    endpoint.visitData?.(data, (value, category) => {
      if (category === 'unknown') redactUnknown(value, redactedPaths);
      else if (category) redactCategory(value, category, redactedPaths);
      else redactPersona(value, redactedPaths);
    });
  return data;
}

const PERSONA_FIELDS: readonly string[] = ['id', 'name', 'created_at', 'updated_at', ...CATEGORIES];

function redactPersona(persona: object, redactedPaths: readonly RedactedPath[]): void {
  keepOnly(persona, PERSONA_FIELDS); // unknown fields could contain redacted data
  for (const category of CATEGORIES) {
    const data: unknown = Reflect.get(persona, category);
    if (typeof data === 'object' && data !== null) redactCategory(data, category, redactedPaths);
  }
  for (const { property, field } of redactedPaths)
    if (property === 'name') Object.assign(persona, { name: '' });
    else if (field === undefined) Reflect.deleteProperty(persona, property);
}

function redactCategory(data: object, category: string, redactedPaths: readonly RedactedPath[]): void {
  for (const { property, field } of redactedPaths)
    if (property !== category) continue;
    else if (field === undefined) keepOnly(data, []);
    else Reflect.deleteProperty(data, field);
}

function redactUnknown(data: object, redactedPaths: readonly RedactedPath[]): void {
  for (const { property, field = property } of redactedPaths) Reflect.deleteProperty(data, field);
}

function keepOnly(data: object, allowedKeys: readonly string[]): void {
  for (const key of Object.keys(data)) if (!allowedKeys.includes(key)) Reflect.deleteProperty(data, key);
}
