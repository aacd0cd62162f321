import { type AbortSignalLike, raceAbort } from './abort.js';
import { sleepAwareNow } from './clock.js';

/** The longest delay of a timer, in milliseconds: about 24.8 days. A timer with a longer delay fires immediately. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** If a timer fires later than this, the event loop was blocked. Events that arrived in time may still wait for delivery. */
const MIN_DELAY_MS = 20;
/** How long the event loop gets to deliver such events. */
const DELIVERY_MS = 100;
/** Extensions can be late as well. Their number is limited, so that a timeout also ends in an overloaded process. */
const MAX_EXTENSIONS = 3;
/** Work that exceeded its time limit by this much was suspended, together with the process. */
const MIN_SUSPENSION_MS = 250;

/**
 * Calls `onTimeout` after `ms` milliseconds.
 *
 * A process can be suspended, as by SIGSTOP or in a frozen Lambda. Afterward, timers fire before the event loop delivers the data
 * that has arrived. So a timer that fires too late waits a little longer.
 *
 * @returns a function that stops the timer.
 */
export function startTimeout(ms: number, onTimeout: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  let extensions = 0;
  const start = (delayMs: number) => {
    const dueAt = sleepAwareNow() + delayMs;
    timer = setTimeout(() => {
      const isDelayed = sleepAwareNow() - dueAt > MIN_DELAY_MS;
      if (isDelayed && extensions++ < MAX_EXTENSIONS) start(DELIVERY_MS);
      else onTimeout();
    }, delayMs);
  };
  start(ms);
  return () => clearTimeout(timer);
}

/** Whether the process was suspended during work that started at a time, by `sleepAwareNow()`, and had a time limit. */
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
 * Creates a function that calls back once, one turn of the event loop later. It calls back immediately if the runtime
 * cannot schedule a turn.
 *
 * Until `setImmediate` is known to work, two messages of a `MessageChannel` limit the wait. No test library fakes messages.
 */
export function createTurnScheduler(): (callback: () => void) => void {
  let unconfirmed = TURNS_TO_CONFIRM;
  return (callback) => {
    let end = () => {
      end = () => {};
      callback();
    };
    try {
      if (!scheduleTurn) throw new Error('no turns');
      if (unconfirmed <= 0) return void scheduleTurn(end);
      let stop = () => {};
      const limitWait = (messages: number) => {
        const { port1, port2 } = new MessageChannel();
        stop = () => port1.close();
        port1.onmessage = () => {
          stop();
          if (messages > 1) return limitWait(messages - 1);
          unconfirmed++;
          end();
        };
        port2.postMessage(undefined);
      };
      limitWait(2); // a turn passes between two messages
      scheduleTurn(() => {
        stop();
        unconfirmed--;
        end();
      });
    } catch {
      end();
    }
  };
}

/**
 * Lets timers and events run. A loop over promises that have already resolved must call this now and then.
 *
 * Uses a message, because no test library fakes messages.
 */
export const yieldToEventLoop = (): Promise<void> =>
  new Promise((resolve) => {
    if (typeof MessageChannel === 'undefined') return void setTimeout(resolve, 0);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });

/** Waits for `ms` milliseconds. Rejects with the signal's reason if the signal aborts first. */
export function delay(ms: number, signal: AbortSignalLike): Promise<void> {
  let timer: ReturnType<typeof setTimeout>;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  return raceAbort(timeout, signal).finally(() => clearTimeout(timer));
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
