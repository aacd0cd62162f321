import { PersonaError, type PersonaErrorCode } from 'persona-client';

/** An error as the user of this application sees it. */
export interface Failure {
  readonly status: 400 | 401 | 403 | 404 | 409 | 413 | 429 | 500 | 501 | 502 | 503 | 504;
  readonly title: string;
  readonly advice: string;
  /** Seconds until a retry makes sense, if known. */
  readonly retryAfterSeconds?: number;
}

const BAD_GATEWAY: Failure = {
  status: 502,
  title: 'The persona service did not respond correctly',
  advice: 'This is not your fault. Try again in a moment.',
};
const INVALID: Failure = {
  status: 400,
  title: 'That is not possible',
  advice: 'Check what was entered.',
};

/** Failures by error code. The compiler reports missing codes. */
const FAILURES: Readonly<Record<PersonaErrorCode, Failure>> = {
  invalid_input: INVALID,
  rejected_input: INVALID,
  invalid_response: BAD_GATEWAY,
  unexpected_status: BAD_GATEWAY,
  route_not_found: BAD_GATEWAY,
  server_error: BAD_GATEWAY,
  connection_failed: {
    ...BAD_GATEWAY,
    title: 'The persona service cannot be reached',
  },
  timeout: { ...BAD_GATEWAY, status: 504, title: 'The persona service takes too long' },
  circuit_open: {
    status: 503,
    title: 'The persona service is unavailable',
    advice: 'It failed several times in a row, so requests are paused for a moment.',
  },
  incomplete_list: { ...BAD_GATEWAY, advice: 'The service hides some personas. Its logs tell why.' },
  not_cached: { ...BAD_GATEWAY, status: 504, title: 'Not available offline' },
  aborted: { status: 503, title: 'The application is shutting down', advice: 'Try again in a moment.' },
  rate_limited: { status: 429, title: 'Too many requests', advice: 'Wait a moment before the next one.' },
  unauthenticated: { status: 401, title: 'You are not signed in', advice: 'Sign in and try again.' },
  credentials_rejected: {
    status: 401,
    title: 'Not signed in',
    advice: 'User name and password do not match.',
  },
  auth_unsupported: {
    status: 501,
    title: 'The persona service has no sign-in',
    advice: 'This application needs a service with authentication.',
  },
  forbidden: { status: 403, title: 'You may not do that', advice: 'Ask for the permission.' },
  not_found: { status: 404, title: 'There is no such persona', advice: 'It may have been deleted.' },
  conflict: {
    status: 409,
    title: 'The persona has changed',
    advice: 'Look at the persona as it is now, then try again.',
  },
};

/** Maps an error to a status and a message. An error that is not a `PersonaError` is a bug in this application. */
export function describeFailure(error: unknown): Failure {
  if (!(error instanceof PersonaError))
    return { status: 500, title: 'Something went wrong', advice: 'The error has been logged.' };
  const failure = FAILURES[error.code];
  const { retryAfterMs } = error as { retryAfterMs?: number };
  return retryAfterMs === undefined
    ? failure
    : { ...failure, retryAfterSeconds: Math.max(1, Math.ceil(retryAfterMs / 1000)) };
}

/** True if the service is unavailable, false if it rejected the request. */
export const isOutage = ({ status }: Failure): boolean => status >= 502;
