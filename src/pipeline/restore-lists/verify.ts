import type { ZodMiniType } from 'zod/mini';
import type { Call } from '../../core/call.js';
import type { Run } from '../endpoint.js';
import { findLists, getField, isEqual, isRealList, JSON_CATEGORIES, type RawPersona } from './characters.js';

/** Whether the service returns lists as characters. `undefined` if a response does not show it. */
export type Evidence = boolean | undefined;

/** Returns the personas in the response of a call. A category becomes a persona with only that category. */
export function toPersonas({ name }: Pick<Call, 'name'>, body: unknown): RawPersona[] {
  const [resource = ''] = name.split('.');
  if (JSON_CATEGORIES.has(resource)) return [{ [resource]: body }];
  if (resource !== 'personas') return [];
  return isPage(body) ? body.personas.map(Object) : [Object(body)];
}

export const isPage = (body: unknown): body is { personas: unknown[] } =>
  Array.isArray(Object(body).personas);

/** Looks for evidence in the response to a write or a list. A write returns what was sent, or its characters. */
export function findEvidence(call: Call, personas: readonly RawPersona[]): Evidence {
  const lists = personas.flatMap(findLists);
  const [sent = {}] = call.body === undefined ? [] : toPersonas(call, JSON.parse(call.body));
  for (const { category, field, value, decoded } of lists) {
    const sentValue = getField(sent, category, field);
    if (sentValue === undefined) continue;
    if (isEqual(value, sentValue)) return false;
    if (isEqual(decoded, sentValue)) return true;
  }
  return lists.some(isRealList) ? false : undefined;
}

/** Compares a persona in the response to a write or a list with the same persona in the response to a `GET`. */
function compare(persona: RawPersona, readPersona: RawPersona): Evidence {
  for (const { category, field, value, decoded } of findLists(persona)) {
    if (!decoded) continue; // a list that was set to null looks the same in both
    const readValue = getField(readPersona, category, field);
    if (isEqual(readValue, decoded)) return true;
    if (isEqual(readValue, value)) return false;
  }
  return undefined;
}

/** Reads personas of a list again until one of them is evidence. */
export async function verifyPersonas(
  call: Call,
  run: Run,
  personas: readonly RawPersona[],
): Promise<Evidence> {
  const hasText = (persona: RawPersona) => findLists(persona).some(({ decoded }) => decoded);
  for (const persona of personas.filter(hasText).slice(0, MAX_READS)) {
    // The route of an update also reads what was updated.
    const [readPersona = {}] =
      call.method === 'PUT'
        ? toPersonas(call, await read(call, run, call.path))
        : toPersonas(PERSONAS, await read(call, run, `/personas/${Number(persona.id)}`));
    const evidence = compare(persona, readPersona);
    if (evidence !== undefined) return evidence;
  }
  return undefined;
}

/** Compares the response to a `GET` with the list, which starts with the personas that were updated last. */
export async function verifyRead(call: Call, run: Run, readPersona: RawPersona): Promise<Evidence> {
  const personas = toPersonas(PERSONAS, await read(call, run, '/personas'));
  const listed = personas.find(({ id }) => id === call.personaId);
  const evidence = listed && compare(listed, readPersona);
  return evidence ?? findEvidence(call, personas) ?? verifyPersonas(call, run, personas);
}

/** The name of a call that reads whole personas. */
const PERSONAS = { name: 'personas.list' };

/** A persona may have been deleted or updated since. */
const MAX_READS = 2;

/** Accepts anything. A zod schema would make a page load code of this chunk earlier. */
const anySchema = {
  safeParse: (data: unknown) => ({ success: true, data }),
} as unknown as ZodMiniType<object, unknown>;

/** Sends a `GET` that takes at most half of the time that the call has left. Returns the body, or `undefined` if it fails. */
function read({ deadline }: Call, run: Run, path: string): Promise<unknown> {
  const remainingMs = deadline.expiresAt - performance.now();
  const endpoint = {
    name: 'lists.verify',
    internal: true,
    inputSchema: anySchema,
    route: { method: 'GET', path: () => path },
    responseSchema: anySchema,
    transform: (body: unknown) => body,
  } as const;
  const options = { cache: 'no-store', deadlineMs: Math.max(1, Math.floor(remainingMs / 2)) } as const;
  return run(endpoint, {}, options).catch(() => undefined);
}
