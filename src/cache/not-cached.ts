import { type Call, describeCall, errorDetails } from '../core/call.js';
import { PersonaNotCachedError } from '../core/errors/index.js';

export const notCached = (call: Call) =>
  new PersonaNotCachedError(
    `${describeCall(call)}: nothing is kept of it, and cache: 'only-if-cached' lets nothing be sent.`,
    errorDetails(call),
  );
