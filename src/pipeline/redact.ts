import type { Policy, RedactedPath } from '../config/access-policy.js';
import { CATEGORIES } from '../schemas/categories.js';
import type { Endpoint } from './endpoint.js';

/** An endpoint's data as its caller may see it: the same object, which must be the client's own, with what is hidden taken out. */
export function redacted<Wire>(
  { hidden }: Policy,
  { redact, internal: inside }: Pick<Endpoint<never, Wire, unknown>, 'redact' | 'internal'>,
  data: Wire,
): Wire {
  if (hidden.length > 0 && !inside && data !== undefined)
    redact?.(data, (part, category) => (category ? strip(part, category, hidden) : stripAll(part, hidden)));
  return data;
}

const KEPT: readonly string[] = ['id', 'name', 'created_at', 'updated_at', ...CATEGORIES];

function stripAll(persona: object, hidden: readonly RedactedPath[]): void {
  keepOnly(persona, KEPT); // nobody knows what other fields hold
  for (const category of CATEGORIES) {
    const data: unknown = Reflect.get(persona, category);
    if (typeof data === 'object' && data !== null) strip(data, category, hidden);
  }
  for (const { part, field } of hidden)
    if (part === 'name') Object.assign(persona, { name: '' });
    else if (field === undefined) Reflect.deleteProperty(persona, part);
}

function strip(data: object, category: string, hidden: readonly RedactedPath[]): void {
  for (const { part, field } of hidden)
    if (part !== category) continue;
    else if (field === undefined) keepOnly(data, []);
    else Reflect.deleteProperty(data, field);
}

function keepOnly(data: object, kept: readonly string[]): void {
  for (const key of Object.keys(data)) if (!kept.includes(key)) Reflect.deleteProperty(data, key);
}
