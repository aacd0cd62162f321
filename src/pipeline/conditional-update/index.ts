import { isOperationAllowed } from '../../config/access-policy.js';
import type { Call } from '../../core/call.js';
import { callError, errorDetails } from '../../core/call.js';
import { getStatus, PersonaConflictError } from '../../core/errors/index.js';
import { loadChunk } from '../../core/lazy-import.js';
import { monotonicNow } from '../../core/monotonic-now.js';
import { HttpResponse } from '../../core/response.js';
import { raceTimeout, startInterval } from '../../core/timers.js';
import type { Endpoint, Run } from '../endpoint.js';
import { wrapUpstreamError } from '../errors-from-status.js';
import { redact } from '../redact.js';
import type { PendingCall } from '../start.js';
import type { ConditionalUpdates } from './conditional-updates.js';

/** The conditional updates of one client. Their code loads on the first one. */
export interface ConditionalUpdateContext {
  conditionalUpdates?: ConditionalUpdates;
}

/** Makes each attempt of an update read the persona first, and write only if the persona is unchanged. */
export async function addCondition<Input>(
  context: ConditionalUpdateContext,
  endpoint: Pick<Endpoint<Input, unknown, unknown>, 'condition'>,
  pending: PendingCall<Input>,
  unwrapKey: string | undefined,
  run: Run,
): Promise<Call['guardAttempt']> {
  const { condition } = endpoint;
  const since = condition?.since(pending.validatedInput);
  if (!condition || since === undefined) return undefined;
  const { call, caller } = pending;
  const { policy } = caller;
  const { ConditionalUpdates } = await loadChunk(call.name, import('./conditional-updates.js'), call);
  context.conditionalUpdates ??= new ConditionalUpdates({
    raceTimeout,
    startInterval,
    monotonicNow,
    HttpResponse,
    PersonaConflictError,
    callError,
    errorDetails,
    getStatus,
    wrapUpstreamError,
  });
  const { data } = pending.input as { readonly data: Readonly<Record<string, unknown>> };
  const read = condition.read();
  return context.conditionalUpdates.createGuard({
    call,
    since,
    data,
    unwrapKey,
    read,
    run,
    isAllowed: (name) => isOperationAllowed(policy, name),
    redact: (persona) => redact(policy, read, persona),
  });
}
