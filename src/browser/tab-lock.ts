/** A holder that does not respond for this time counts as frozen. */
const RESPONSE_TIMEOUT_MS = 2_500;
const PING_INTERVAL_MS = 500;
/**
 * Maximum time that one ping interval can add to the silence of the holder.
 *
 * Timers of a hidden tab fire once a second. After a longer interval, this tab was frozen itself and may have missed the
 * response.
 */
const MAX_INTERVAL_MS = 1_000;

/** Maximum wait for the lock. The client usually gives up earlier, after its `timeoutMs`. */
const MAX_WAIT_MS = 30_000;

const PING = 'ping';
const PONG = 'pong';

/**
 * Runs `work` under a lock that is exclusive among all tabs of this origin.
 *
 * If a tab is closed or crashes, its lock is free immediately. A waiting tab takes over the lock of a frozen tab after 2.5
 * seconds, or 3.5 seconds if the waiting tab is hidden. When the frozen tab wakes up, its `isHeld` returns `false`.
 *
 * Without Web Locks (on a page over plain http), `work` runs without a lock.
 *
 * @throws an `Error` with the code `locked` if the browser does not grant the lock within 30 seconds. `work` does not run then.
 */
export async function withTabLock<T>(name: string, work: (isHeld: () => boolean) => Promise<T>): Promise<T> {
  const { locks } = globalThis.navigator;
  if (locks === undefined) return work(() => true);
  const channel = new BroadcastChannel(name);
  const cleanupController = new AbortController();
  try {
    return await new Promise<T>((resolve, reject) => {
      let state: 'waiting' | 'held' | 'lost' = 'waiting';
      let pendingRequest = new AbortController();

      const runWork = async () => {
        state = 'held';
        channel.onmessage = ({ data }) => {
          // A frozen tab may still receive messages, but its timers do not fire. The timer proves that this tab is awake.
          if (data === PING) setTimeout(() => cleanupController.signal.aborted || channel.postMessage(PONG));
        };
        await work(() => state === 'held').then(resolve, reject);
      };
      const requestLock = (options: LockOptions, onGranted = () => {}) => {
        let isHolder = false;
        const runIfWaiting = async () => {
          onGranted();
          isHolder = state === 'waiting'; // the browser may grant an aborted request and the next request
          if (isHolder) await runWork();
        };
        locks.request(name, options, runIfWaiting).catch((error: unknown) => {
          if (isHolder) state = 'lost';
          else if (!options.signal?.aborted) reject(error);
        });
      };
      const enqueue = () => {
        pendingRequest = new AbortController();
        requestLock({ signal: pendingRequest.signal });
      };

      const rejectWaiting = () => {
        if (state !== 'waiting') return;
        state = 'lost';
        pendingRequest.abort();
        reject(
          Object.assign(new Error('The browser did not lock the tokens within 30 s.'), { code: 'locked' }),
        );
      };
      const timer = setTimeout(rejectWaiting, MAX_WAIT_MS);
      cleanupController.signal.addEventListener('abort', () => clearTimeout(timer));

      enqueue();
      // A frozen tab must not wait in the queue. The browser could grant it the lock, and it would block the other tabs.
      const addListenerWhileWaiting = (event: string, listener: () => void) =>
        document.addEventListener(event, () => state === 'waiting' && listener(), cleanupController);
      addListenerWhileWaiting('freeze', () => pendingRequest.abort());
      addListenerWhileWaiting('resume', enqueue);
      const steal = async () => {
        if (state !== 'waiting') return;
        pendingRequest.abort();
        await new Promise<void>((resolveGranted) => requestLock({ steal: true }, resolveGranted));
      };
      stealFromFrozenHolder(locks, name, channel, () => state === 'waiting', steal).catch(reject);
    });
  } finally {
    cleanupController.abort();
    channel.close();
  }
}

/** Pings the holder while this tab waits, and steals the lock from a holder that does not respond. */
async function stealFromFrozenHolder(
  locks: LockManager,
  name: string,
  channel: BroadcastChannel,
  isWaiting: () => boolean,
  steal: () => Promise<void>,
): Promise<void> {
  const findHolder = async () => (await locks.query()).held?.find((lock) => lock.name === name)?.clientId;
  let pingedHolder: string | undefined;
  let silentMs = 0;
  channel.addEventListener('message', ({ data }) => {
    if (data === PONG) silentMs = 0;
  });
  for (;;) {
    const holder = await findHolder();
    if (!isWaiting()) return;
    if (holder !== pingedHolder) silentMs = 0;
    pingedHolder = holder;
    if (silentMs < RESPONSE_TIMEOUT_MS) {
      channel.postMessage(PING);
      const pingedAt = performance.now();
      await new Promise((resolve) => setTimeout(resolve, PING_INTERVAL_MS));
      silentMs += Math.min(performance.now() - pingedAt, MAX_INTERVAL_MS);
      continue;
    }
    // Only one tab may steal at a time, or the second would steal the lock from the first.
    await locks.request(`${name} steal`, { ifAvailable: true }, async (stealLock) => {
      if (stealLock && (await findHolder()) === pingedHolder) await steal();
    });
  }
}
