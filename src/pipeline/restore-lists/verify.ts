import type { ZodMiniType } from 'zod/mini';
import type { Call } from '../../core/call.js';
import type { Run } from '../endpoint.js';
import { findLists, getField, isEqual, isRealList, JSON_CATEGORIES, type RawPersona } from './characters.js';

/** Whether the service returns lists as characters. `undefined` if nothing shows it. */
type Evidence = boolean | undefined;

/** Returns the personas in the body of a call. The body of a category becomes a persona with only that category. */
export function toPersonas(callName: string, body: unknown): RawPersona[] {
  const [resource = ''] = callName.split('.');
  if (JSON_CATEGORIES.has(resource)) return [{ [resource]: body }];
  if (resource !== 'personas') return [];
  return isPage(body) ? body.personas.map(Object) : [Object(body)];
}

/** Whether a body is a page of the list of personas. */
export const isPage = (body: unknown): body is { personas: unknown[] } =>
  Array.isArray(Object(body).personas);

/**
 * Looks for evidence in the response to a write, or in a page of personas.
 *
 * @param sent the body of the write. The response contains the same lists, or their characters.
 */
export function findEvidence(personas: readonly RawPersona[], sent: RawPersona = {}): Evidence {
  const lists = personas.flatMap(findLists);
  for (const { category, field, value, decoded } of lists) {
    const sentValue = getField(sent, category, field);
    if (sentValue === undefined) continue;
    if (isEqual(value, sentValue)) return false;
    if (isEqual(decoded, sentValue)) return true;
  }
  return lists.some(isRealList) ? false : undefined;
}

/**
 * Looks for evidence with other requests, because the response to the call shows none.
 *
 * @param personas the personas in the response.
 * @param isSingleRead the call is the `GET` of one persona or category.
 */
export async function verify(
  call: Call,
  run: Run,
  personas: readonly RawPersona[],
  isSingleRead: boolean,
  monotonicNow: () => number,
): Promise<Evidence> {
  const read = createRead(call, run, monotonicNow);
  const readPersona = async ({ id }: RawPersona) =>
    toPersonas(PERSONAS, await read(`/personas/${Number(id)}`));
  const readUpdated = async () => toPersonas(call.name, await read(call.path));
  if (!isSingleRead && personas.some(hasCharacters))
    return compareWithReads(personas, call.method === 'PUT' ? readUpdated : readPersona);
  // The only suspicious lists are the characters of `null`, which a `GET` returns as well.
  const listed = toPersonas(PERSONAS, await read('/personas'));
  const samePersona = listed.find(({ id }) => id === call.personaId);
  const evidence = samePersona && compare(samePersona, personas[0]);
  return evidence ?? findEvidence(listed) ?? compareWithReads(listed, readPersona);
}

/** The name of a call that reads whole personas. */
const PERSONAS = 'personas.list';

/** Whether a persona has a list that may be the characters of another list. */
const hasCharacters = (persona: RawPersona): boolean => findLists(persona).some(({ decoded }) => decoded);

/** The maximum number of personas to read again. The first one may have been deleted or updated since. */
const MAX_READS = 2;

async function compareWithReads(
  personas: readonly RawPersona[],
  readAgain: (persona: RawPersona) => Promise<RawPersona[]>,
): Promise<Evidence> {
  for (const persona of personas.filter(hasCharacters).slice(0, MAX_READS)) {
    const evidence = compare(persona, (await readAgain(persona))[0]);
    if (evidence !== undefined) return evidence;
  }
  return undefined;
}

/** Compares the lists of a persona, in the response to a write or in a page of personas, with those that a `GET` returns. */
function compare(persona: RawPersona, readPersona: RawPersona = {}): Evidence {
  for (const { category, field, value, decoded } of findLists(persona)) {
    if (!decoded) continue; // not characters, or those of `null`, which look the same in both
    const readValue = getField(readPersona, category, field);
    if (isEqual(readValue, decoded)) return true;
    if (isEqual(readValue, value)) return false;
  }
  return undefined;
}

/** Accepts anything. A zod schema would make a page load code of this chunk earlier. */
const anySchema = {
  safeParse: (data: unknown) => ({ success: true, data }),
} as unknown as ZodMiniType<object, unknown>;

/** Returns a function that sends a `GET`, and returns its body or, if it fails, `undefined`. */
const createRead =
  ({ deadline }: Call, run: Run, monotonicNow: () => number) =>
  (path: string): Promise<unknown> => {
    // Leaves time, so that a slow verification cannot make the call itself time out.
    const deadlineMs = Math.max(1, Math.floor((deadline.expiresAt - monotonicNow()) / 2));
    const endpoint = {
      name: 'lists.verify',
      internal: true,
      inputSchema: anySchema,
      route: { method: 'GET', path: () => path },
      responseSchema: anySchema,
      transform: (body: unknown) => body,
    } as const;
    return run(endpoint, {}, { cache: 'no-store', deadlineMs }).catch(() => undefined);
  };
