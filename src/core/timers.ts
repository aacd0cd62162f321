import { type AbortSignalLike, raceAbort } from './abort.js';
import { sleepAwareNow } from './clock.js';
import { ignoreErrors } from './ignore-errors.js';

/** The longest delay of a timer, in milliseconds: about 24.8 days. A timer with a longer delay fires immediately. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** If a timer fires later than this, the event loop was blocked. Events that arrived in time may still wait for delivery. */
const MIN_DELAY_MS = 20;
/** How long the event loop gets to deliver such events. */
const DELIVERY_MS = 100;
/** Extensions can be late as well. Their number is limited, so that a timeout fires even in an overloaded process. */
const MAX_EXTENSIONS = 3;
/** Work that exceeded its time limit by this much was suspended, together with the process. */
const MIN_SUSPENSION_MS = 250;

/**
 * Calls `onTimeout` after `ms` milliseconds.
 *
 * A process can be suspended, for example by SIGSTOP or in a frozen Lambda. Afterward, timers fire before the event loop
 * delivers the data that has arrived. So a timer that fires too late waits a little longer.
 *
 * @returns a function that stops the timer.
 */
export function startTimeout(ms: number, onTimeout: () => void): () => void {
  let extensions = 0;
  let dueAt = sleepAwareNow() + ms;
  const onTimer = () => {
    const isDelayed = sleepAwareNow() - dueAt > MIN_DELAY_MS;
    if (!isDelayed || extensions++ >= MAX_EXTENSIONS) return onTimeout();
    dueAt = sleepAwareNow() + DELIVERY_MS;
    timer = setTimeout(onTimer, DELIVERY_MS);
  };
  let timer = setTimeout(onTimer, ms);
  return () => ignoreErrors(() => clearTimeout(timer));
}

/**
 * Calls `onTick` every `ms` milliseconds. Without a working `setInterval`, never calls it.
 *
 * @returns a function that stops the timer.
 */
export function startInterval(ms: number, onTick: () => void): () => void {
  const timer = ignoreErrors(() => setInterval(onTick, ms));
  return () => ignoreErrors(() => clearInterval(timer));
}

/**
 * Whether the process was suspended during work with a time limit. `startedAt` is the start of the work, by
 * `sleepAwareNow()`.
 */
export const wasSuspended = (startedAt: number, limitMs: number): boolean =>
  sleepAwareNow() - startedAt > limitMs + MIN_SUSPENSION_MS;

/** `setImmediate`. Read when this module loads, so that fake timers that a test installs later do not replace it. */
const { setImmediate: scheduleTurn } = globalThis as { setImmediate?: (callback: () => void) => unknown };
/**
 * How often `setImmediate` must call back in time before the client relies on it. A test may install fake timers before this module
 * loads, and a runtime may lack a working `setImmediate`.
 */
const TURNS_TO_CONFIRM = 3;

/**
 * Calls back through a message, because test libraries do not fake messages.
 *
 * Reads `MessageChannel` from `globalThis`, because `next build` rejects the global variable in code for the Edge Runtime.
 *
 * @returns a function that cancels the callback.
 * @throws if the runtime has no working `MessageChannel`. That of Next.js' Edge Runtime throws.
 */
function postMessage(callback: () => void): () => void {
  const { port1, port2 } = new globalThis.MessageChannel();
  const cancel = () => port1.close();
  try {
    port1.onmessage = () => {
      cancel();
      callback();
    };
    port2.postMessage(undefined);
  } catch (error) {
    cancel(); // an open port keeps the process alive
    throw error;
  }
  return cancel;
}

/**
 * Creates a function that calls back once, one turn of the event loop later. It never throws: if the runtime cannot
 * schedule a turn, it calls back immediately.
 *
 * Until `setImmediate` is known to work, two messages limit the wait.
 */
export function createTurnScheduler(): (callback: () => void) => void {
  let unconfirmed = TURNS_TO_CONFIRM;
  return (callback) => {
    let cancel = () => {};
    let end = () => {
      end = () => {};
      cancel();
      callback();
    };
    try {
      if (!scheduleTurn) throw new Error('no turns');
      if (unconfirmed > 0) {
        const limitWait = () => {
          unconfirmed++;
          end();
        };
        // A turn passes between two messages.
        cancel = postMessage(() => {
          try {
            cancel = postMessage(limitWait);
          } catch {
            limitWait();
          }
        });
      }
      scheduleTurn(() => {
        unconfirmed--;
        end();
      });
    } catch {
      end();
    }
  };
}

/** Lets timers and events run. A loop over resolved promises must call this regularly, because it would block them. */
export const yieldToEventLoop = (): Promise<void> =>
  new Promise((resolve) => {
    try {
      postMessage(resolve);
    } catch {
      setTimeout(resolve, 0);
    }
  });

/** Waits for `ms` milliseconds. Rejects with the signal's reason if the signal aborts first. */
export function delay(ms: number, signal: AbortSignalLike): Promise<void> {
  let timer: ReturnType<typeof setTimeout>;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  return raceAbort(timeout, signal).finally(() => ignoreErrors(() => clearTimeout(timer)));
}

/**
 * Settles like `work`, or like `onTimeout()` after `ms` milliseconds. `work` itself continues.
 *
 * Rejects with the signal's reason if the signal aborts first.
 */
export async function raceTimeout<T>(
  work: Promise<T>,
  ms: number,
  onTimeout: () => T,
  signal?: AbortSignalLike,
): Promise<T> {
  let stopTimeout = () => {};
  const timeout = new Promise<void>((resolve) => {
    stopTimeout = startTimeout(ms, resolve);
  }).then(onTimeout);
  const first = Promise.race([work, timeout]);
  try {
    return await (signal ? raceAbort(first, signal) : first);
  } finally {
    stopTimeout();
  }
}
