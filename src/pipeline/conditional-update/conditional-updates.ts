import type { ZodMiniType } from 'zod/mini';
import type { Call, callError, errorDetails } from '../../core/call.js';
import type { getStatus, PersonaConflictError } from '../../core/errors/index.js';
import type { HttpResponse } from '../../core/response.js';
import type { raceTimeout, startInterval } from '../../core/timers.js';
import type { Persona } from '../../schemas/persona.js';
import type { Endpoint, Run } from '../endpoint.js';
import type { wrapUpstreamError } from '../errors-from-status.js';
import { KeyedCallQueue } from '../reconcile/keyed-call-queue.js';
import { describeChange, isSameTime, isSameVersion } from './compare-versions.js';
import { containsData } from './contains-data.js';
import { copyVisible } from './copy-visible.js';

/** Passed in rather than imported, so that the bundler keeps this file in a separate chunk. */
interface Deps {
  readonly raceTimeout: typeof raceTimeout;
  readonly startInterval: typeof startInterval;
  readonly monotonicNow: () => number;
  readonly HttpResponse: typeof HttpResponse;
  readonly PersonaConflictError: typeof PersonaConflictError;
  readonly callError: typeof callError;
  readonly errorDetails: typeof errorDetails;
  readonly getStatus: typeof getStatus;
  readonly wrapUpstreamError: typeof wrapUpstreamError;
}

interface ConditionalUpdate {
  readonly call: Call;
  /** The `updated_at` of the persona that the update is based on. */
  readonly since: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** Key in the response body that contains the data. */
  readonly unwrapKey: string | undefined;
  readonly read: Endpoint<{ readonly id: number }, Persona, Persona>;
  readonly run: Run;
  /** Whether the caller may call an operation. */
  readonly isAllowed: (operation: string) => boolean;
  /** Removes redacted fields, in place. */
  readonly redact: (persona: Persona) => Persona;
}

/** The stored persona, and the validator of the response. */
interface Stored {
  readonly persona: Persona;
  readonly etag: string | undefined;
}

type SendAttempt = () => Promise<HttpResponse>;

/**
 * Runs updates that must not overwrite the change of another client. Updates of the same persona run one after the other, so that
 * two calls of this client never overwrite the same version.
 */
export class ConditionalUpdates {
  readonly #deps: Deps;
  readonly #queue: KeyedCallQueue;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#queue = new KeyedCallQueue({ ...deps, onLost: () => {} });
  }

  /** Returns the function that runs each attempt of an update. */
  createGuard(update: ConditionalUpdate): (send: SendAttempt) => Promise<HttpResponse> {
    const { call } = update;
    return (send) => this.#queue.run(String(call.personaId), call, () => this.#attempt(update, send));
  }

  async #attempt(update: ConditionalUpdate, send: SendAttempt): Promise<HttpResponse> {
    const { call, since } = update;
    const headers = call.headers;
    const stored = await this.#readStored(update);
    if (!isSameTime(stored.persona.updated_at, since)) return this.#resolve(update, stored.persona);
    const etag = await this.#readTargetTag(update, stored);
    if (typeof etag !== 'string' && etag) return etag;
    if (etag) call.headers = { 'if-match': etag, ...headers };
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof this.#deps.PersonaConflictError) || error.status !== 412) throw error;
      call.headers = headers;
      const current = await this.#readStored(update).catch((cause: unknown) => {
        throw this.#unreadableError(update, error, cause);
      });
      // A proxy that changes validators, for example while it compresses, makes every condition fail.
      if (etag && isSameVersion(current.persona, stored.persona)) return await send();
      return this.#resolve(update, current.persona, 412);
    } finally {
      call.headers = headers;
    }
  }

  async #readStored({ call, read, run }: ConditionalUpdate): Promise<Stored> {
    const { visitData, responseSchema } = read;
    return this.#run(call, run, {
      ...describeRead(read),
      responseSchema,
      ...(visitData && { visitData }),
      transform: (persona, _input, _run, _call, { etag }) => ({ persona, etag }),
    });
  }

  #run<Wire, Result>(
    call: Call,
    run: Run,
    endpoint: Endpoint<{ readonly id: number }, Wire, Result>,
  ): Promise<Result> {
    return run(endpoint, { id: call.personaId ?? 0 }, GUARD_READ_OPTIONS).catch((error: unknown) => {
      throw this.#deps.wrapUpstreamError(call, error);
    });
  }

  /**
   * Returns the strong `ETag` of the resource that the call writes, or `undefined`. A category has no update time. So the
   * persona is read again after its category: if it is unchanged, the tag belongs to the version that the update is based on.
   *
   * @returns the response to use instead of a write, if the persona has changed in the meantime.
   */
  async #readTargetTag(
    update: ConditionalUpdate,
    { etag, persona: before }: Stored,
  ): Promise<string | HttpResponse | undefined> {
    const { call, run } = update;
    if (etag === undefined || call.path === `/personas/${call.personaId}`) return toStrong(etag);
    const targetTag = await this.#run(call, run, {
      ...describeRead(update.read),
      route: { method: 'GET', path: () => call.path },
      responseSchema: ANY_BODY,
      transform: (_data, _input, _run, _call, response) => response.etag,
    });
    const { persona } = await this.#readStored(update);
    return isSameVersion(persona, before) ? toStrong(targetTag) : this.#resolve(update, persona);
  }

  /** Returns the error of an update that the service rejected with 412, if the persona cannot be read afterward. */
  #unreadableError(
    { call, since, data }: ConditionalUpdate,
    conflict: PersonaConflictError,
    cause: unknown,
  ): unknown {
    const { PersonaConflictError, errorDetails } = this.#deps;
    // The condition is also false if there is no persona (RFC 9110, section 13.1.1).
    if (Object(cause).code === 'not_found') return cause;
    const details = { ...errorDetails(call), status: 412, ifUnmodifiedSince: since, data, cause };
    return new PersonaConflictError(conflict.message, details);
  }

  /**
   * Handles a persona that has changed. If an earlier attempt of this call may have been applied, and the persona contains the
   * data of the update, then the attempt was applied.
   *
   * @throws {PersonaConflictError} otherwise.
   */
  #resolve(update: ConditionalUpdate, persona: Persona, status?: 412): HttpResponse {
    const { call, since, data, unwrapKey, isAllowed } = update;
    const { HttpResponse, PersonaConflictError, callError } = this.#deps;
    const [resource = ''] = call.name.split('.');
    const isPersona = resource === 'personas';
    const section: unknown = Reflect.get(persona, resource) ?? {};
    if (call.progress.maybeApplied && containsData(isPersona ? persona : section, data, isPersona)) {
      const body = isPersona || unwrapKey !== undefined ? persona : section;
      return new HttpResponse({ status: 200, headers: { get: () => null }, content: JSON.stringify(body) });
    }
    const { updated_at: updatedAt, created_at: createdAt } = persona;
    const reason = describeChange(since, updatedAt, createdAt);
    const stored = update.redact(copyVisible(persona, resource, isAllowed));
    throw callError(
      PersonaConflictError,
      call,
      `would overwrite a change: persona ${call.personaId} ${reason}. Compare \`stored\` with your data, then update again with its updated_at.`,
      {
        status,
        ifUnmodifiedSince: since,
        stored,
        data,
        // The caller must not find out the values of redacted fields by trying values.
        isApplied: containsData(isPersona ? stored : (Reflect.get(stored, resource) ?? {}), data, isPersona),
      },
    );
  }
}

/** The access policy does not apply to this read, because the client itself sends it. It applies to the persona in an error. */
const describeRead = ({ name, inputSchema, route, personaId }: ConditionalUpdate['read']) => ({
  name,
  inputSchema,
  route,
  ...(personaId && { personaId }),
  internal: true as const,
});

const GUARD_READ_OPTIONS = { cache: 'no-store', reads: 'lenient' } as const;

/** Accepts any data. A zod schema would move code of this chunk into the first download of a page. */
const ANY_BODY = {
  safeParse: (data: unknown) => ({ success: true, data }),
} as unknown as ZodMiniType;

/** A weak validator never matches `If-Match` (RFC 9110, section 13.1.1). */
const toStrong = (etag: string | undefined): string | undefined => (etag?.startsWith('"') ? etag : undefined);
