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

/** The exit code of each error code. All other errors exit with {@link EXIT}.failure. */
export const EXIT_CODE_BY_ERROR: Readonly<Record<string, number>> = {
  invalid_input: EXIT.invalidInput,
  not_found: EXIT.notFound,
  unauthenticated: EXIT.notAllowed,
  credentials_rejected: EXIT.notAllowed,
  auth_unsupported: EXIT.notAllowed,
  forbidden: EXIT.notAllowed,
  connection_failed: EXIT.unavailable,
  timeout: EXIT.unavailable,
  circuit_open: EXIT.unavailable,
  server_error: EXIT.unavailable,
  rate_limited: EXIT.unavailable,
  aborted: EXIT.interrupted,
};
