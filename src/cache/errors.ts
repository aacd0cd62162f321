import { type Call, callError } from '../core/call.js';
import { PersonaNotCachedError, PersonaResponseError } from '../core/errors/index.js';

export const notCachedError = (call: Call) =>
  callError(
    PersonaNotCachedError,
    call,
    "is not in the cache, and cache: 'only-if-cached' forbids a request.",
  );

export const tooDeepError = (call: Call, status: number) =>
  callError(
    PersonaResponseError,
    call,
    `returned ${status} with data nested too deeply to cache. Use cache: 'no-store' for this read.`,
    { status },
  );
