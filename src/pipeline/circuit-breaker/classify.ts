import type { AttemptOutcome, ResolvedBreakerOptions } from '../../config/breaker-options.js';
import type { Call } from '../../core/call.js';
import { callSafely } from '../../core/call-safely.js';
import { getStatus, PersonaError } from '../../core/errors/index.js';
import type { HttpResponse } from '../../core/response.js';

/** What an attempt says about the health of the service. The trip policy ignores neutral attempts. */
type Classification = 'failure' | 'success' | 'neutral';

/** The response or error of an attempt, with its classification. */
export type AttemptResult = { readonly classification: Classification } & (
  | { readonly response: HttpResponse }
  | { readonly error: unknown }
);

/** Classifies a response. */
export const classifyResponse = (
  { status }: HttpResponse,
  isFailure: ResolvedBreakerOptions['isFailure'],
): Classification => classify({ status }, isFailure);

/** Classifies the error of an attempt of a call. */
export function classifyError(
  error: unknown,
  { progress }: Call,
  isFailure: ResolvedBreakerOptions['isFailure'],
): Classification {
  if (!(error instanceof PersonaError) || progress.wasSuspended) return 'neutral';
  const status = getStatus(error);
  return classify(status === undefined ? { error } : { error, status }, isFailure);
}

/** Errors that say something about the health of the service. All others are neutral. */
const HEALTH_ERROR_CODES = new Set(['connection_failed', 'timeout', 'server_error']);

function classify(outcome: AttemptOutcome, isFailure: ResolvedBreakerOptions['isFailure']): Classification {
  const { error } = outcome;
  if (error !== undefined && !HEALTH_ERROR_CODES.has(error.code)) return 'neutral';
  if (error?.code === 'timeout' && 'scope' in error && error.scope === 'deadline') return 'neutral';
  // The cause is the error of another request, such as a token refresh.
  if (error?.cause instanceof PersonaError) return 'neutral';
  return isFailedOutcome(outcome, isFailure) ? 'failure' : 'success';
}

function isFailedOutcome(outcome: AttemptOutcome, isFailure: ResolvedBreakerOptions['isFailure']): boolean {
  const { status } = outcome;
  const isFailedByDefault = status === undefined || status >= 500;
  const result: unknown = callSafely('breaker.isFailure', () => isFailure?.(outcome));
  return typeof result === 'boolean' ? result : isFailedByDefault; // a promise would count as true
}
