import type { CallCache, LoadResult, Validators } from '../cache/types.js';
import { UNRESTRICTED } from '../config/access-policy.js';
import type { ResolvedOptions } from '../config/resolve-options.js';
import type { Call } from '../core/call.js';
import { PersonaNotFoundError } from '../core/errors/index.js';
import type { EventEmitter } from '../core/event-emitter.js';
import { andThen } from '../core/is-promise.js';
import type { HttpResponse } from '../core/response.js';
import { escapeControls } from '../core/safe-text.js';
import type { ServiceProfile } from '../core/service-profile.js';
import { once } from '../schemas/once.js';
import type { Persona } from '../schemas/persona.js';
import { readCachePolicy } from './cache-control.js';
import { decode } from './decode.js';
import { type Endpoint, lacksRoute, type Route } from './endpoint.js';
import { createReconciler } from './reconcile/index.js';
import { redact } from './redact.js';
import { mayContainCharacters, restoreLists } from './restore-lists/index.js';
import type { Restored } from './restore-lists/restore.js';
import type { PendingCall } from './start.js';
import type { CreateSubCalls } from './sub-calls.js';

interface LoadContext {
  readonly options: ResolvedOptions;
  readonly profile: ServiceProfile;
  readonly events: EventEmitter;
  readonly cache: Pick<CallCache, 'recordPersona'>;
  readonly createSubCalls: CreateSubCalls;
}

/** Loads the data of a call. If several callers share a read, `call` differs from `pending.call`. */
export type Load = <Input, Wire, Result>(
  endpoint: Endpoint<Input, Wire, Result>,
  pending: PendingCall<Input>,
  route: Route<Input>,
  call: Call,
) => Promise<LoadResult<Wire>>;

/**
 * Creates the loader: redact -> reconcile -> retry -> restore lists -> decode.
 *
 * The cache runs the loader on a miss. Cached data is redacted: views with other redactions have other entries.
 */
export function createLoader(
  context: LoadContext,
  sendWithRetries: (call: Call) => Promise<HttpResponse>,
): Load {
  const { options, profile, cache, createSubCalls } = context;
  const getReconciler = once(() => createReconciler(options.lateWriteWindowMs, context.events));

  // Not `async`: while a call waits, an asynchronous function keeps twice the memory of these two closures.
  const load: Load = <Input, Wire, Result>(
    endpoint: Endpoint<Input, Wire, Result>,
    pending: PendingCall<Input>,
    { unwrapKey }: Route<Input>,
    call: Call,
  ) =>
    sendWithRetries(call).then(
      (received): LoadResult<Wire> | Promise<LoadResult<Wire>> => {
        // The cache uses the data of its own entry.
        if (received.status === 304) return toLoadResult(call, received, undefined as never);
        const { responseSchema } = endpoint;
        const { policy } = pending.caller;
        const decodeContext = {
          reads: pending.options.reads,
          events: context.events,
          profile,
          attributes: options.attributes,
          policy: endpoint.internal ? UNRESTRICTED : policy,
          escapeControls,
        };
        const restored: Restored | Promise<Restored> = mayContainCharacters(profile, received)
          ? restoreLists(decodeContext, call, received, createSubCalls(pending, call))
          : { response: received };
        return andThen(restored, ({ response, invalidFields: unverifiedLists }) =>
          andThen(
            decode(call, response, responseSchema, unwrapKey, decodeContext),
            ({ data, invalidFields }) => {
              endpoint.updatesProfile?.(profile, data);
              endpoint.visitData?.(data, (persona, category) => {
                const { id, created_at } = persona as Persona;
                if (!category) cache.recordPersona(id, created_at, pending.options.cache.mode);
              });
              const loaded = toLoadResult(call, response, data);
              if (invalidFields || unverifiedLists)
                return { ...loaded, invalidFields: [...(unverifiedLists ?? []), ...(invalidFields ?? [])] };
              // The cache can use the text only if the text contains exactly the data.
              const canCacheText =
                responseSchema &&
                unwrapKey === undefined &&
                policy.redactedPaths.length === 0 &&
                response.body !== undefined;
              return canCacheText ? { ...loaded, text: response.text } : loaded;
            },
          ),
        );
      },
      async (error: unknown) => {
        if (error instanceof PersonaNotFoundError)
          cache.recordPersona(error.personaId, undefined, pending.options.cache.mode);
        if (lacksRoute(endpoint, error)) await createSubCalls(pending, call).verifyDialect(pending.dialect);
        throw error;
      },
    );

  return (endpoint, pending, route, call) => {
    const { reconciliation } = endpoint;
    const { policy } = pending.caller;
    const loading = reconciliation
      ? getReconciler()(
          (attemptedCall) => load(endpoint, pending, route, attemptedCall),
          pending,
          reconciliation,
          createSubCalls(pending, call).run,
        )(call)
      : load(endpoint, pending, route, call);
    if (policy.redactedPaths.length === 0) return loading;
    return loading.then((loaded) => {
      redact(policy, endpoint, loaded.data);
      return loaded;
    });
  };
}

/** Adds the response metadata that the cache needs. */
const toLoadResult = <Data>(call: Call, { status, headers }: HttpResponse, data: Data): LoadResult<Data> => ({
  ...readValidators(headers),
  ...readCachePolicy(headers),
  data,
  status,
  requestId: SAFE_REQUEST_ID.exec(headers.get('x-request-id') ?? '')?.[0] ?? call.requestId.value,
  attempts: call.progress.attempts,
});

/**
 * Reads the validators for the next conditional request.
 *
 * `Last-Modified` is usable only if `Date` is at least one second later (RFC 9110, section 8.8.2.2).
 */
function readValidators(headers: HttpResponse['headers']): Validators {
  const etag = headers.get('etag');
  if (etag) return { etag };
  const lastModified = headers.get('last-modified');
  if (!lastModified) return {};
  const differenceMs = Date.parse(headers.get('date') ?? '') - Date.parse(lastModified);
  return differenceMs >= 1_000 ? { lastModified } : {};
}

/** A request id that can be logged without escaping. */
const SAFE_REQUEST_ID = /^[\w.:/=+-]{1,128}$/;
