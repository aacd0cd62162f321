import {
  PersonaCircuitOpenError,
  PersonaError,
  type PersonaErrorCode,
  type PersonaIssue,
  PersonaNotFoundError,
  PersonaRateLimitError,
  PersonaResponseError,
  PersonaTimeoutError,
  PersonaValidationError,
  type RequestSummary,
} from 'persona-client';
import { expectTypeOf, it } from 'vitest';

it('every error has the fields of PersonaError', () => {
  expectTypeOf<PersonaError>().toExtend<Error>();
  expectTypeOf<PersonaError['code']>().toEqualTypeOf<PersonaErrorCode>();
  expectTypeOf<PersonaError['request']>().toEqualTypeOf<RequestSummary | undefined>();
  expectTypeOf<PersonaError['attempts']>().toEqualTypeOf<number>();
  expectTypeOf<PersonaError['maybeApplied']>().toEqualTypeOf<boolean>();
  expectTypeOf<PersonaError['toJSON']>().returns.toEqualTypeOf<Record<string, unknown>>();
});

it('instanceof narrows to the fields of the class', () => {
  const error: unknown = undefined;
  if (error instanceof PersonaNotFoundError) expectTypeOf(error.personaId).toEqualTypeOf<number>();
  if (error instanceof PersonaValidationError)
    expectTypeOf(error.issues).toEqualTypeOf<readonly PersonaIssue[]>();
  if (error instanceof PersonaResponseError) expectTypeOf(error.status).toEqualTypeOf<number>();
  if (error instanceof PersonaRateLimitError)
    expectTypeOf(error.retryAfterMs).toEqualTypeOf<number | undefined>();
  if (error instanceof PersonaCircuitOpenError) expectTypeOf(error.retryAfterMs).toEqualTypeOf<number>();
  if (error instanceof PersonaTimeoutError) {
    expectTypeOf(error.scope).toEqualTypeOf<'attempt' | 'deadline'>();
    expectTypeOf(error.lastError).toEqualTypeOf<PersonaError | undefined>();
  }
});

it('classes for one status have a literal status', () => {
  expectTypeOf<PersonaNotFoundError['status']>().toEqualTypeOf<404>();
  expectTypeOf<PersonaRateLimitError['status']>().toEqualTypeOf<429>();
});

it('fields are read-only, and codes are checked', () => {
  const error = new PersonaError('x', { code: 'aborted' });
  // @ts-expect-error read-only
  error.code = 'timeout';
  // @ts-expect-error no such code
  new PersonaError('x', { code: 'no_such_code' });
});
