import { delay } from '../core/timers.js';
import { withCors } from './cors.js';
import { applyFault, type FaultInjector } from './faults.js';
import type { RequestHandler, ServiceRequest, ServiceResponse } from './http.js';
import type { CorsOptions } from './options.js';
import type { Recorder } from './recorder.js';

interface RequestHandlerDeps {
  readonly recorder: Recorder;
  readonly faults: FaultInjector;
  /** Routes the request to its handler. */
  readonly respond: (request: ServiceRequest) => Promise<ServiceResponse>;
  readonly cors: CorsOptions;
  readonly latencyMs: number;
  readonly now: () => number;
}

/** Creates the handler of all requests: record -> delay -> fault -> respond -> CORS headers. */
export function createRequestHandler({
  recorder,
  faults,
  respond,
  cors,
  latencyMs,
  now,
}: RequestHandlerDeps): RequestHandler {
  return async (request) => {
    const recordStatus = recorder.record(request, now());
    const fault = faults.select(request);
    const delayMs = latencyMs + (fault?.delayMs ?? 0);
    if (delayMs > 0) await delay(delayMs, request.signal);
    const outcome = await applyFault(fault, () => respond(request));
    if (outcome.kind === 'reset') return outcome;
    recordStatus(outcome.response.status);
    return { ...outcome, response: withCors(outcome.response, request, cors) };
  };
}
