/** What the command's exit code says; also in the README and in `--help`. */
export const EXIT = {
  done: 0,
  failed: 1,
  badInput: 2,
  partial: 3,
  notFound: 4,
  notAllowed: 5,
  unavailable: 6,
  interrupted: 130,
} as const;

export const EXIT_CODES = `Exit codes:
  0    done
  1    failed
  2    bad arguments or input, nothing was sent
  3    partial: some items were not applied
  4    no such persona
  5    not signed in, or not allowed
  6    the service is unavailable
  130  interrupted (Ctrl-C)`;

/** The input is not what the command takes: nothing was sent. */
export class BadInput extends Error {}
