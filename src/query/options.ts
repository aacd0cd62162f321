import { anyValue, assertOptions, type OptionRules } from '../core/assert-options.js';
import type { RetryOptions } from '../index.js';
import { prefixRule } from './keys.js';
import type { PersonaQueriesOptions } from './types.js';

const QUERIES_RULES: OptionRules<PersonaQueriesOptions> = { keyPrefix: prefixRule, request: anyValue };
/** The client validates the values. */
const REQUEST_RULES: OptionRules<NonNullable<PersonaQueriesOptions['request']>> = {
  timeoutMs: anyValue,
  deadlineMs: anyValue,
  retry: anyValue,
  onUnknownOutcome: anyValue,
  reads: anyValue,
  onInvalidFields: anyValue,
  priority: anyValue,
  cache: anyValue,
  headers: anyValue,
};
const RETRY_RULES: OptionRules<RetryOptions> = {
  limit: anyValue,
  backoffMs: anyValue,
  maxBackoffMs: anyValue,
};

/** @throws {TypeError} for an unknown option, and for a key prefix that is not an array. */
export function checkQueriesOptions(options: PersonaQueriesOptions): void {
  assertOptions('personaQueries', options, QUERIES_RULES);
  const { request = {} } = options;
  assertOptions('personaQueries request', request, REQUEST_RULES);
  const { retry, cache } = request;
  if (retry) assertOptions('personaQueries request.retry', retry, RETRY_RULES);
  if (typeof cache === 'object') assertOptions('personaQueries request.cache', cache, { ttlMs: anyValue });
}
