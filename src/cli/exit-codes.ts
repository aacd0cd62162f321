/** Exit codes of the command. `--help` and the reference list them. */
export const EXIT = {
  success: 0,
  failure: 1,
  invalidInput: 2,
  partial: 3,
  notFound: 4,
  notAllowed: 5,
  unavailable: 6,
  interrupted: 130,
} as const;

/** The exit codes as text for `--help`. */
export const EXIT_CODES_HELP = `Exit codes:
  0    success
  1    failure, also if the service rejects the data with 400
  2    invalid arguments or input: nothing was sent
  3    partial success: some items were not applied, or are missing from the export
  4    persona not found
  5    not logged in, or not allowed
  6    service unavailable
  130  interrupted (Ctrl-C)`;

/** Invalid arguments or input. The process exits with {@link EXIT}.invalidInput. */
export class InputError extends Error {}

/** The user has interrupted the command. The process exits with {@link EXIT}.interrupted. */
export class InterruptError extends Error {}
