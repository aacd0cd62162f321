import type { LoadResult } from '../../cache/types.js';
import type { Call } from '../../core/call.js';
import type { CallLogEntry } from '../../core/call-log.js';
import type { PersonaError } from '../../core/errors/index.js';
import type { delay, raceTimeout, startInterval } from '../../core/timers.js';
import type { Run, Search } from '../endpoint.js';
import type { wrapUpstreamError } from '../errors-from-status.js';
import type { ClaimedIds, ResourceId } from './claimed-ids.js';
import { KeyedCallQueue } from './keyed-call-queue.js';
import {
  describeFinding,
  type Finding,
  findLostWrite,
  isServerError,
  mayRepeat,
  toUnknownOutcomeError,
} from './lost-write.js';
import type { UnresolvedWrites } from './unresolved-writes.js';

/** The clock of the service may differ from the client's clock by this much. */
const MAX_CLOCK_SKEW_MS = 120_000;

/** Passed in rather than imported, so that the bundler keeps this file in a separate chunk. */
interface QueueDeps {
  readonly claimedIds: ClaimedIds;
  readonly unresolvedWrites: UnresolvedWrites;
  readonly recordEvent: (call: Call, entry: CallLogEntry) => void;
  readonly raceTimeout: typeof raceTimeout;
  readonly monotonicNow: () => number;
  readonly delay: typeof delay;
  readonly startInterval: typeof startInterval;
  readonly wrapUpstreamError: typeof wrapUpstreamError;
  readonly PersonaError: typeof PersonaError;
}

interface Write<Wire> {
  /** Writes with the same key run one after the other. */
  readonly key: string;
  readonly resourceId: (wire: Wire) => ResourceId;
  readonly search: Search<Wire>;
  readonly load: (call: Call) => Promise<LoadResult<Wire>>;
  readonly run: Run;
}

const NOT_SEARCHED =
  "The client did not search for the persona: an earlier create with the same name may still take effect, so a match could come from that create or from this one. The client does not create it again. Look for the personas of both in the service's database first.";

/**
 * Finds out whether a write with a lost response was applied. Repeats the write only after the late-write window.
 *
 * Writes with the same key run one after the other, because a search cannot tell them apart. Each claims the id that it
 * created. The search cannot tell apart equal writes that other clients send at the same time.
 */
export class ReconcileQueue {
  readonly #deps: QueueDeps;
  readonly #callQueue: KeyedCallQueue;

  constructor(deps: QueueDeps) {
    this.#deps = deps;
    const onLost = (key: string, { progress }: Call) => {
      const { unresolvedWrites } = deps;
      const isKnown = !progress.maybeApplied || unresolvedWrites.windowEndsAt(key) !== undefined;
      if (!isKnown) unresolvedWrites.add(key);
    };
    this.#callQueue = new KeyedCallQueue({ ...deps, onLost });
  }

  /** Sends the write and, if its response is lost, finds out whether it was applied. */
  load<Wire>(call: Call, write: Write<Wire>): Promise<LoadResult<Wire>> {
    return this.#callQueue.run(write.key, call, () => this.#sendAndReconcile(call, write));
  }

  async #sendAndReconcile<Wire>(call: Call, write: Write<Wire>): Promise<LoadResult<Wire>> {
    const { key, resourceId, search, load, run } = write;
    const { claimedIds, unresolvedWrites, delay, monotonicNow, recordEvent } = this.#deps;
    const sinceEpochMs = Date.now() - (monotonicNow() - call.startedAt) - MAX_CLOCK_SKEW_MS;
    const findUnclaimed = () =>
      search(
        sinceEpochMs,
        (endpoint, input) => run(endpoint, input, { cache: 'no-store' }),
        (match) => claimedIds.has(resourceId(match)),
      );
    const canSearch = await this.#resolveEarlierWrite(key, call, findUnclaimed, resourceId);

    for (let repeats = 0, serverErrors = 0; ; repeats++) {
      try {
        const loaded = await load(call);
        claimedIds.add(resourceId(loaded.data));
        return loaded;
      } catch (error) {
        if (!(error instanceof this.#deps.PersonaError) || !error.maybeApplied) throw error;
        const windowEndsAt = unresolvedWrites.add(key);
        if (isEnded(error)) throw error;
        if (isServerError(error)) serverErrors++;
        if (!canSearch) throw toUnknownOutcomeError(error, NOT_SEARCHED);
        const finding = await findLostWrite({
          search: findUnclaimed,
          windowEndsAt,
          giveUpAt: call.deadline.expiresAt,
          onSearchError: (searchError) => this.#describeSearchError(call, searchError),
          onSearch: (found, delayMs) => recordEvent(call, { event: 'reconcile', found, delayMs }),
          delay: (ms) => delay(ms, call.signal),
          monotonicNow,
        });
        if (finding.outcome !== 'inconclusive') unresolvedWrites.delete(key);
        if (finding.outcome === 'found') {
          claimedIds.add(resourceId(finding.match));
          return {
            data: finding.match,
            status: 200,
            requestId: call.requestId.value,
            attempts: call.progress.attempts,
            storable: false,
            reconciled: true,
          };
        }
        if (repeats >= call.retry.limit || !mayRepeat(finding, serverErrors))
          throw toUnknownOutcomeError(error, describeFinding(finding));
        call.progress.maybeApplied = false; // a conclusive search after the window found nothing
        const delayMs = call.retry.backoffMs * 2 ** repeats;
        const attempt = call.progress.attempts + 1;
        recordEvent(call, { event: 'retry', attempt, delayMs, error: error.code });
        await delay(delayMs, call.signal);
      }
    }
  }

  /**
   * If an earlier write with this key is unresolved, waits until its late-write window ends, and claims its matches.
   *
   * @returns whether a search can tell the writes apart. It cannot if the window ends after the deadline of this call.
   */
  async #resolveEarlierWrite<Wire>(
    key: string,
    call: Call,
    findUnclaimed: () => Promise<Finding<Wire>>,
    resourceId: (wire: Wire) => ResourceId,
  ): Promise<boolean> {
    const { claimedIds, unresolvedWrites, delay, monotonicNow } = this.#deps;
    const windowEndsAt = unresolvedWrites.windowEndsAt(key);
    if (windowEndsAt === undefined) return true;
    if (windowEndsAt >= call.deadline.expiresAt) return false;
    await delay(Math.max(0, windowEndsAt - monotonicNow()), call.signal);
    for (let isFound = true; isFound; ) {
      const finding = await findUnclaimed().catch((error: unknown) => {
        throw call.signal.aborted ? call.signal.reason : this.#deps.wrapUpstreamError(call, error);
      });
      isFound = finding.outcome === 'found';
      if (finding.outcome === 'found') claimedIds.add(resourceId(finding.match));
    }
    unresolvedWrites.delete(key);
    return true;
  }

  #describeSearchError(call: Call, error: unknown): string {
    if (call.signal.aborted) throw call.signal.reason;
    const hasUserChanged = call.epoch !== call.tokens.epoch; // no other search can succeed
    if (hasUserChanged || !(error instanceof this.#deps.PersonaError)) throw error;
    return `the search failed with ${error.code}`;
  }
}

/** Whether the call itself has ended, so that it cannot search. */
const isEnded = (error: PersonaError): boolean =>
  error.code === 'aborted' || ('scope' in error && error.scope === 'deadline');
