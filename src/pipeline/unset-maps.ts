import type { ZodMiniType } from 'zod/mini';
import type { Endpoint, Run } from './endpoint.js';
import type { wrapUpstreamError } from './errors-from-status.js';
import type { PendingCall } from './start.js';

const MAPS = ['device_usage', 'social_media_activity', 'content_consumption'];

const OMIT_NULLS =
  ' The client reads behavioral before it sets a map to null: some services can no longer read a persona with such a map. Leave out the maps that are null.';

type BehavioralFields = Readonly<Record<string, unknown>>;

/**
 * Removes fields from an update of `behavioral` that are `null` in the update and unset in the service. Does nothing if the
 * update sets no map to `null`.
 *
 * The published `subresource` service stores such a `null` as text. If a map contains this text, the service responds with
 * 500 to reads of `behavioral`, and hides the persona from its list. It returns `null` for an unset map, so a caller that
 * writes back what it has read would make the persona unreadable. If a map is set and readable, the service does not have this
 * fault, and `null` clears the map.
 *
 * @param update an endpoint that updates a persona or `behavioral`.
 * @returns the stored category, if nothing remains to be written.
 */
export async function omitUnsetMaps<Input>(
  update: Pick<Endpoint<Input, unknown, unknown>, 'name' | 'responseSchema'>,
  pending: PendingCall<Input>,
  run: Run,
  wrapError: typeof wrapUpstreamError,
): Promise<object | undefined> {
  const { data } = pending.input as { readonly data: BehavioralFields };
  const isPersona = update.name === 'personas.update';
  const fields = (isPersona ? data.behavioral : data) as BehavioralFields;
  if (!MAPS.some((map) => fields[map] === null)) return undefined;
  const { call } = pending;
  const read = createBehavioralRead(isPersona ? anySchema : update.responseSchema, call.personaId);
  const stored = await run(read, {}, READ_OPTIONS).catch((error: unknown) => {
    throw wrapError(call, error, Object(error).code === 'not_found' ? '' : OMIT_NULLS);
  });
  const isUnset = (field: string) => !('persona_id' in stored) || stored[field] === null;
  const rest = Object.fromEntries(
    Object.entries(fields).filter(([field, value]) => value !== null || !isUnset(field)),
  );
  const restOfData = isPersona ? { ...data, behavioral: rest } : rest;
  pending.input = { ...pending.input, data: restOfData };
  return Object.keys(restOfData).length > 0 ? undefined : stored;
}

const READ_OPTIONS = { cache: 'no-store', reads: 'lenient' } as const;

/** Accepts anything. A zod schema would make a page load code of this chunk earlier. */
const anySchema = { safeParse: (data: unknown) => ({ success: true, data }) };

/** Reads `behavioral`. Has a route for each dialect, so that a missing route makes the client detect the dialect again. */
function createBehavioralRead(
  responseSchema: unknown,
  personaId: number | undefined,
): Endpoint<object, BehavioralFields, BehavioralFields> {
  const path = (parent: string) =>
    ({ method: 'GET', path: () => `/personas/${personaId}${parent}/behavioral` }) as const;
  return {
    name: 'behavioral.get',
    internal: true,
    inputSchema: anySchema as unknown as ZodMiniType,
    route: { subresource: path(''), attributes: path('/attributes') },
    personaId: () => Number(personaId),
    responseSchema: responseSchema as ZodMiniType<BehavioralFields, unknown>,
    transform: (fields) => fields,
  };
}
