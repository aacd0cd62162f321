/** Why a field cannot be changed. The message follows the name of the field. */
export class EditError extends Error {}

/**
 * The error of a write that would discard stored data that the model did not see.
 *
 * @param value the stored value.
 */
export function createLossError(value: unknown): EditError {
  const advice =
    typeof value === 'string'
      ? 'Keep the mark "… N more characters" of the shown text, or pass replace: true'
      : 'Use add or remove, keep each mark such as "… N more" of the shown value, or pass replace: true';
  return new EditError(`a part of the stored value is not shown, and this write would discard it. ${advice}`);
}

/**
 * Creates the error for a mark that matches nothing in the stored value, or may not match what the model saw.
 *
 * @param value the written value.
 */
export function createMarkError(value: unknown): EditError {
  const [mark, advice] =
    typeof value === 'string'
      ? ['… N more characters', 'change less of the shown text']
      : ['… N more', 'use add or remove'];
  return new EditError(
    `contains a mark such as "${mark}" that does not fit the stored value. Read the field again, and ${advice}`,
  );
}
