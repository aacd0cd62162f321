/** `client.request`: calls routes that this package does not know. */

import { validateRequestOptions } from '../../config/resolve-request-options.js';
import { readSchemaResult } from '../../config/standard-schema.js';
import { addCaller, captureCallSite } from '../../core/call-site.js';
import { PersonaPermissionError } from '../../core/errors/index.js';
import { loadChunk } from '../../core/lazy-import.js';
import { sanitizeCause, toReadable } from '../../core/sanitize-error.js';
import { invalidInputError, parseInput } from '../../core/validate.js';
import { unexpectedBodyError } from '../../pipeline/decode.js';
import type { Run } from '../../pipeline/endpoint.js';
import { anyObject } from '../../schemas/objects.js';
import { copyPlainData } from '../../schemas/plain-data.js';
import { unknownNameMessage } from '../../schemas/suggest-name.js';
import type { AnyRequest, SendRequest, SharedCode } from './types.js';

export type { AnyRequest, SchemaOutput, SendRequest, SendRequestWithMeta } from './types.js';

/** Declares the operation `request`. Each call creates its own endpoint. */
export const anyRoute = Object.assign(() => ({ name: 'request', cacheTags: true, visitData: () => {} }), {
  operation: 'request',
  isCached: true,
} as const);

const SHARED_CODE: SharedCode = {
  copyPlainData,
  invalidInputError,
  PersonaPermissionError,
  readSchemaResult,
  sanitizeCause: (error: unknown) => sanitizeCause(toReadable(error)),
  unexpectedBodyError,
  unknownNameMessage,
};

/** @param isAllowed whether the access policy allows an operation. */
export const createSendRequest = (run: Run, isAllowed: (operation: string) => boolean): SendRequest =>
  async function request(callerRequest, callerOptions) {
    const site = captureCallSite(request);
    try {
      // The caller may change its objects while the code loads.
      const { schema, ...parts } = parseInput('request', anyObject(), callerRequest) as unknown as AnyRequest;
      const copy = copyPlainData(parts, () => true); // `createEndpoint` reports what is invalid
      const options = callerOptions && validateRequestOptions(callerOptions, 'request');
      const { createEndpoint } = await loadChunk('request', import('./create-endpoint.js'));
      return await run(createEndpoint(copy, schema, isAllowed, SHARED_CODE), {}, options);
    } catch (error) {
      throw addCaller(error, site);
    }
  };
