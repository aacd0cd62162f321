import type { RequestOptions, UpdateOptions } from '../config/request-options.js';
import { optional } from '../schemas/objects.js';
import { timestampSchema } from '../schemas/persona.js';
import { addIssue, customSchema, runSchema } from '../schemas/validators.js';
import { getPersona, type WithId } from './personas/get.js';

/** The part of an update's input that states the version to update. */
export interface WithCondition {
  readonly ifUnmodifiedSince?: string | undefined;
}

const CONDITION_MESSAGE =
  'must be the updated_at of the persona that your data is based on. Omit this option to update without the check';

/** Validates `ifUnmodifiedSince`. */
export const ifUnmodifiedSinceSchema = optional(() =>
  customSchema<string>((payload) => {
    const { value, issues } = runSchema(timestampSchema(), payload.value);
    payload.value = value;
    if (issues.length > 0) addIssue(payload, [], CONDITION_MESSAGE);
  }),
);

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
 * A missing timestamp must not turn the check off, so `undefined` is invalid. Returns options that cannot be read unchanged, because
 * their validation reports that.
 */
export function updateParameters<Data, Result>(
  id: number,
  data: Data,
  options: UpdateOptions<Result> | undefined,
): UpdateParameters<Data, Result> {
  try {
    if (options && 'ifUnmodifiedSince' in Object(options)) {
      const { ifUnmodifiedSince = null, ...others } = options;
      return [{ id, data, ifUnmodifiedSince: ifUnmodifiedSince as string }, others];
    }
  } catch {
    // a getter throws, or a proxy is revoked
  }
  return [{ id, data }, options];
}
