import * as z from 'zod/mini';
import type { UpdateOptions } from '../config/request-options.js';
import type { Endpoint, Run } from '../pipeline/endpoint.js';
import { timestampSchema } from '../schemas/persona.js';
import { getPersona, type WithId } from './personas/get.js';

/** The part of an update's input that says which persona the update is based on. */
export interface WithCondition {
  readonly ifUnmodifiedSince?: string | undefined;
}

/** The schema of the input, and the property of the descriptor. */
export const ifUnmodifiedSinceSchema = () => z.optional(timestampSchema());
export const unmodifiedCondition = {
  since: ({ ifUnmodifiedSince }: WithCondition) => ifUnmodifiedSince,
  read: () => getPersona(),
};

/**
 * Runs an update. Its condition is part of the input, so that no other method accepts it.
 *
 * A missing timestamp must not turn the condition off, so `undefined` is invalid.
 */
export function runUpdate<Data, Wire, Result>(
  run: Run,
  update: Endpoint<WithId & WithCondition & { readonly data: Data }, Wire, Result>,
  id: number,
  data: Data,
  options: UpdateOptions<Result> | undefined,
): Promise<Result> {
  if (!options || !('ifUnmodifiedSince' in options)) return run(update, { id, data }, options);
  const { ifUnmodifiedSince = null, ...others } = options;
  return run(update, { id, data, ifUnmodifiedSince: ifUnmodifiedSince as string }, others);
}
