/** Invalid arguments or input. The process exits with `EXIT.invalidInput`. */
export class InputError extends Error {}

/** The user has interrupted the command. The process exits with `EXIT.interrupted`. */
export class InterruptError extends Error {}
