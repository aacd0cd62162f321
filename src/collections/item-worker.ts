import { PersonaConnectionError, type PersonaError } from '../index.js';
import type { AdaptiveLimiter } from './adaptive-limiter.js';
import { askedMs, isOfItem, isPassing, isRefusal } from './failures.js';
import { digestOf } from './journal/digest.js';
import type { JournalState } from './journal/journal-state.js';
import type { Applied, Operation } from './operation.js';
import type { Settings } from './settings.js';
import type { ItemResult } from './types.js';

const TRIES = 4;
/** A create in doubt is settled before it is sent again, so that more tries do no harm. */
const TRIES_IN_DOUBT = 10;
const FIRST_LOOK_MS = 100;
const BACKOFF_MS = 500;

export interface ApplyParts<Item, Value> {
  readonly operation: Operation<Item, Value>;
  readonly settings: Settings;
  readonly gate: AdaptiveLimiter;
  readonly ledger: JournalState | undefined;
  /** Waits; rejects when the run stops. */
  readonly pause: (ms: number) => Promise<void>;
}

/** A try of an item may have succeeded: since when, and until when it may yet. */
interface UncertainWrite {
  readonly since: number;
  readonly landsBy: number;
}

/** Brings one item to the service, once. */
export class ItemWorker<Item, Value> {
  readonly #parts: ApplyParts<Item, Value>;
  /** What an earlier run had sent when it ended can land for as long after this. */
  readonly #beganAt = performance.now();

  constructor(parts: ApplyParts<Item, Value>) {
    this.#parts = parts;
  }

  /**
   * @param hold called where a lost try may land late, and until when: the next item of the lane must come after it
   * @throws what is no failure of the item: an abort, a journal that cannot be written.
   */
  async item(index: number, item: Item, hold: (until: number) => void): Promise<ItemResult<Item, Value>> {
    const { operation, settings, ledger } = this.#parts;
    const digest = ledger === undefined ? 0 : digestOf(item);
    const known = ledger?.known(index, digest);
    if (known && 'id' in known) return { ok: true, index, item, id: known.id, source: 'journal' };

    const done = async (applied: Applied<Value>, source: 'sent' | 'found') => {
      const { id, value } = applied;
      await ledger?.done(index, applied);
      if (doubt && source === 'sent') hold(doubt.landsBy);
      return { ok: true, index, item, id, value, source } as const;
    };
    const landsBy = (from: number) => from + settings.lateWriteWindowMs;
    let doubt: UncertainWrite | undefined = known && { since: known.since, landsBy: landsBy(this.#beganAt) };
    let intended = known !== undefined;
    let failure: PersonaError | undefined;

    for (let tries = 1; ; ) {
      const since = ledger?.since ?? 0;
      try {
        if (doubt && operation.find) {
          const found = await this.#look(item, doubt);
          if (found) return await done(found, 'found');
          if (ledger?.unlike) return { ok: false, index, item, error: failure ?? unknowable() };
          doubt = undefined;
        }
        const sent = await this.#send(item, async () => {
          if (!intended) await ledger?.intend(index, digest);
          intended = true;
        });
        return await done(sent, 'sent');
      } catch (error) {
        if (!isOfItem(error)) throw error;
        const already = doubt && operation.already?.(item, error.code);
        if (already) return await done(already, 'found');
        const wasInDoubt = doubt !== undefined;
        failure = error;
        if (error.maybeApplied) doubt = { since, landsBy: landsBy(performance.now()) };
        if (await this.#isWorthAnother(error, tries, wasInDoubt)) {
          if (error.maybeApplied || !isRefusal(error)) tries++;
          continue;
        }
        if (intended && !doubt) await ledger?.failed(index);
        return { ok: false, index, item, error };
      }
    }
  }

  async #send(item: Item, beforehand: () => Promise<void>): Promise<Applied<Value>> {
    const { gate, operation, settings } = this.#parts;
    const pass = await gate.enter();
    try {
      await beforehand();
      const sent = await operation.send(item, {
        retry: false,
        onUnknownOutcome: 'throw',
        ...(settings.signal && { signal: settings.signal }),
      });
      gate.succeeded();
      return sent;
    } catch (error) {
      if (isOfItem(error)) {
        if (isRefusal(error)) gate.slowDown(pass, askedMs(error));
        else if (!isPassing(error)) gate.succeeded(); // an answer, if not the one hoped for
      }
      throw error;
    } finally {
      gate.leave();
    }
  }

  /** Whether to try again, after a wait if the failure is the item's own. */
  async #isWorthAnother(error: PersonaError, tries: number, looking: boolean): Promise<boolean> {
    const { gate, operation, settings, pause } = this.#parts;
    if (error.maybeApplied && !operation.idempotent)
      return operation.find !== undefined && tries < TRIES_IN_DOUBT;
    if (isRefusal(error)) {
      if (gate.idleMs > settings.maxStallMs) return false;
      if (looking) await pause(Math.max(askedMs(error), FIRST_LOOK_MS)); // looks do not pass the gate
      return true;
    }
    if (!isPassing(error) || tries >= TRIES) return false;
    await pause(BACKOFF_MS * 2 ** (tries - 1) * Math.random());
    return true;
  }

  /** Look again and again until it is there, or can no longer come. */
  async #look(item: Item, { since, landsBy }: UncertainWrite): Promise<Applied<Value> | undefined> {
    const { operation, ledger, pause } = this.#parts;
    const look = () => operation.find?.(item, since, (id) => ledger?.accounts(id) ?? false);
    for (let waitMs = FIRST_LOOK_MS; ; waitMs *= 2) {
      const late = performance.now() >= landsBy;
      const found = await look();
      if (found) return found;
      if (late) return look(); // a row can be missed that moved while the list was read; hardly twice
      await pause(Math.min(waitMs, Math.max(0, landsBy - performance.now())));
    }
  }
}

const unknowable = () =>
  new PersonaConnectionError(
    'An earlier run ended while this create was under way. Whether it happened cannot be found out, since answers do not hold what was written.',
    { maybeApplied: true },
  );
