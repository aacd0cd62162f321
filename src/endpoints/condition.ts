import * as z from 'zod/mini';
import type { RequestOptions, UpdateOptions } from '../config/request-options.js';
import { timestampSchema } from '../schemas/persona.js';
import { getPersona, type WithId } from './personas/get.js';

/** The part of an update's input that states the version to update. */
export interface WithCondition {
  readonly ifUnmodifiedSince?: string | undefined;
}

/** Validates `ifUnmodifiedSince`. */
export const ifUnmodifiedSinceSchema = () => z.optional(timestampSchema());
/** The property `condition` of the endpoints with this input. */
export const unmodifiedCondition = {
  since: ({ ifUnmodifiedSince }: WithCondition) => ifUnmodifiedSince,
  read: () => getPersona(),
};

/** The parameters of an update: its input, and the options of the call. */
type UpdateParameters<Data, Result> = [
  input: WithId & WithCondition & { readonly data: Data },
  options: RequestOptions<Result> | undefined,
];

/**
 * Returns the parameters of an update. Moves the condition from the options to the input, so that no other method accepts it.
 *
 * A missing timestamp must not turn the condition off, so `undefined` is invalid.
 */
export function updateParameters<Data, Result>(
  id: number,
  data: Data,
  options: UpdateOptions<Result> | undefined,
): UpdateParameters<Data, Result> {
  if (!options || !('ifUnmodifiedSince' in Object(options))) return [{ id, data }, options];
  const { ifUnmodifiedSince = null, ...others } = options;
  return [{ id, data, ifUnmodifiedSince: ifUnmodifiedSince as string }, others];
}
