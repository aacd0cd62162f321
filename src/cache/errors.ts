import { type Call, describeCall, errorDetails } from '../core/call.js';
import { PersonaNotCachedError, PersonaResponseError } from '../core/errors/index.js';

export const notCachedError = (call: Call) =>
  new PersonaNotCachedError(
    `${describeCall(call)} is not in the cache, and cache: 'only-if-cached' forbids a request.`,
    errorDetails(call),
  );

export const tooDeepError = (call: Call, status: number) =>
  new PersonaResponseError(
    `${describeCall(call)} returned ${status} with data nested too deeply to cache. Use cache: 'no-store' for this read.`,
    { ...errorDetails(call), status },
  );
