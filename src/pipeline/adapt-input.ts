import type { Dialect } from '../core/dialect.js';
import { invalidInputError } from '../core/validate.js';
import type { AttributeValues } from '../schemas/field-config.js';
import type { Endpoint } from './endpoint.js';
import type { PendingCall } from './start.js';

/** Returns whether the dialects treat this input differently, so that the client must know the dialect before it writes. */
export function dependsOnDialect<Input, Wire, Result>(
  { toSubresource, attributes }: Endpoint<Input, Wire, Result>,
  input: Input,
): boolean {
  if (!toSubresource) return false;
  const adapted = toSubresource(input);
  return (
    adapted.issues.length > 0 ||
    adapted.input !== input ||
    // `attributes` rejects lists and maps that are null.
    attributes?.(input).some(({ values }) => Object.values(values ?? {}).includes(null)) === true
  );
}

/**
 * Adapts the input of a call to the dialect.
 *
 * @throws {PersonaValidationError} if the dialect rejects or changes a value.
 */
export function adaptToDialect<Input, Wire, Result>(
  { name, toSubresource }: Endpoint<Input, Wire, Result>,
  pending: PendingCall<Input>,
  dialect: Dialect | undefined,
): void {
  pending.dialect = dialect;
  pending.input = pending.validatedInput;
  if (dialect !== 'subresource' || !toSubresource) return;
  const { input, issues } = toSubresource(pending.input);
  if (issues.length > 0) throw invalidInputError(name, issues);
  pending.input = input;
}

/** Returns whether an update sets a field of `behavioral` to `null` in the `subresource` dialect: see `omitUnsetMaps`. */
export const mayWriteUnsetMap = (
  attributes: readonly AttributeValues[],
  { call, dialect }: PendingCall<unknown>,
): boolean =>
  dialect === 'subresource' &&
  call.method === 'PUT' &&
  attributes.some(
    ({ category, values }) => category === 'behavioral' && values && Object.values(values).includes(null),
  );
