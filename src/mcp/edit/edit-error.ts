/** Why a field cannot be changed. The message follows the name of the field. */
export class EditError extends Error {}
