import { LightAbortController } from '../core/abort.js';
import { booleanRule, type OptionRules } from '../core/assert-options.js';
import { delay } from '../core/timers.js';
import {
  type Persona,
  type PersonaClientLike,
  PersonaError,
  PersonaNotFoundError,
  PersonaResponseError,
} from '../index.js';
import { toUnknownOutcomeError } from '../pipeline/reconcile/lost-write.js';
import { onAbortOrClose } from './abort-guard.js';
import { isServiceUnavailable, isTransient, retryAfterMs } from './classify-error.js';
import type { ClosableClient } from './operation.js';
import { findOptionIssues, RUN_RULES, throwIfInvalid } from './resolve-options.js';

/** Proof of an erasure. Contains no data of the persona except its id. */
export interface ErasureReceipt {
  /** The id of the erased persona. */
  readonly id: number;
  /** `false` if the service had no such persona. */
  readonly existed: boolean;
  /** When the service confirmed that the persona is deleted or does not exist: ISO 8601, by the local clock. */
  readonly erased_at: string;
  /** When a read confirmed that the persona is gone: ISO 8601, by the local clock. Absent with `verify: false`. */
  readonly verified_at?: string;
  /** Ids of the requests. Search for them in the service's logs. */
  readonly request_ids: readonly string[];
}

/** Options of `Privacy.erase`. */
export interface EraseOptions {
  /** Reads the persona back, bypassing every cache, and expects a 404. @default true */
  verify?: boolean;
  /**
   * The `created_at` of the persona. If the id now belongs to another persona, `erase` keeps that persona, and the receipt
   * says `existed: false`.
   *
   * @default the `created_at` that the service returns for this id
   */
  createdAt?: string;
  /** Aborts the erasure. The persona may already have been deleted. */
  signal?: AbortSignal;
}

const ERASE_RULES: OptionRules<EraseOptions> = {
  verify: booleanRule,
  createdAt: [(value: unknown) => typeof value === 'string', 'must be the created_at of a persona'],
  signal: RUN_RULES.signal,
};

/** Whether a persona exists, according to one response. */
interface PersonaState {
  readonly found: boolean;
  /** `undefined` for a deletion, and if the client cannot read the persona. */
  readonly createdAt: string | undefined;
  readonly requestId: string;
}

const MAX_ATTEMPTS = 4;
const ERASE_BACKOFF_MS = 100;
/** The maximum delay that the service may demand before another attempt. */
const MAX_RETRY_AFTER_MS = 10_000;
/** Codes of a read that fails although the client may be able to delete the persona. */
const UNREADABLE_CODES: ReadonlySet<string> = new Set(['server_error', 'invalid_response', 'forbidden']);

/** Deletes one persona, and checks that it is gone: `Privacy.erase`. */
export async function erase(
  client: Pick<PersonaClientLike, 'withMeta'> & ClosableClient,
  id: number,
  eraseOptions: EraseOptions = {},
): Promise<ErasureReceipt> {
  const { personas } = client.withMeta;
  throwIfInvalid('privacy.erase', findOptionIssues(eraseOptions, ERASE_RULES));
  const { verify = true, createdAt, signal } = eraseOptions;
  const options = signal ? { signal } : {};
  const read = () => toPersonaState(personas.get(id, { ...options, cache: 'no-store' }));
  const before = await read().catch((error: unknown): PersonaState => {
    const isUnreadable = error instanceof PersonaError && UNREADABLE_CODES.has(error.code);
    if (!isUnreadable || createdAt !== undefined) throw error;
    return { found: true, createdAt: undefined, requestId: '' };
  });
  const target = createdAt ?? before.createdAt;
  const isTarget = ({ found, createdAt: current }: PersonaState) => found && (target ?? current) === current;
  if (!isTarget(before))
    return {
      id,
      existed: false,
      erased_at: currentTimestamp(),
      ...(verify && { verified_at: currentTimestamp() }),
      request_ids: [before.requestId],
    };

  const deletion = await deleteTarget();
  const receipt = {
    id,
    existed: before.createdAt !== undefined || deletion.found,
    erased_at: currentTimestamp(),
  };
  if (!verify) return { ...receipt, request_ids: [deletion.requestId] };
  const after = await read().catch(noteDeletion('The persona had already been deleted.'));
  if (isTarget(after))
    throw new PersonaResponseError(
      `privacy.erase: the service still returns persona ${id} after the deletion. Look for request ${after.requestId} in the service's logs.`,
      { status: 200, maybeApplied: true },
    );
  return { ...receipt, verified_at: currentTimestamp(), request_ids: [deletion.requestId, after.requestId] };

  async function deleteTarget(): Promise<PersonaState> {
    for (let attempt = 1; ; attempt++)
      try {
        return await toPersonaState(personas.delete(id, { ...options, retry: false }));
      } catch (error) {
        if (target === undefined || attempt === MAX_ATTEMPTS || !isRepeatable(error)) throw error;
        const delayMs = Math.max(ERASE_BACKOFF_MS * 2 ** attempt, retryAfterMs(error));
        await delayUnlessAborted(delayMs, client, signal);
        // The failed attempt may have deleted the persona, and the service may have given its id to another one.
        const state = await (error.maybeApplied ? read().catch(noteDeletion(UNCERTAIN_DELETION)) : read());
        if (!isTarget(state))
          return { found: true, createdAt: undefined, requestId: error.request?.id ?? '' };
      }
  }
}

const UNCERTAIN_DELETION = 'The service may already have deleted the persona.';

/** Returns a function that rethrows the error of a read, with `maybeApplied: true` and a note about the deletion before it. */
const noteDeletion =
  (note: string) =>
  (error: unknown): never => {
    throw error instanceof PersonaError ? toUnknownOutcomeError(error, note) : error;
  };

/** Waits for `ms` milliseconds. Ends earlier if the caller aborts or the client is closed: the next request reports that. */
async function delayUnlessAborted(
  ms: number,
  client: ClosableClient,
  signal: AbortSignal | undefined,
): Promise<void> {
  const controller = new LightAbortController();
  const unsubscribe = onAbortOrClose(client, signal, () => controller.abort(undefined));
  await delay(ms, controller)
    .catch(() => {})
    .finally(unsubscribe);
}

/** Returns the time by the local clock: ISO 8601. */
export const currentTimestamp = (): string => new Date().toISOString();

const isRepeatable = (error: unknown): error is PersonaError =>
  error instanceof PersonaError &&
  (isServiceUnavailable(error) || isTransient(error)) &&
  retryAfterMs(error) <= MAX_RETRY_AFTER_MS;

async function toPersonaState(
  call: Promise<{ readonly data: unknown; readonly meta: { readonly requestId: string } }>,
): Promise<PersonaState> {
  try {
    const { data, meta } = await call;
    const createdAt = (data as Persona | undefined)?.created_at;
    return { found: true, createdAt, requestId: meta.requestId };
  } catch (error) {
    if (!(error instanceof PersonaNotFoundError)) throw error;
    return { found: false, createdAt: undefined, requestId: error.request?.id ?? '' };
  }
}
