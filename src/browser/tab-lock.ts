/** A holder that is silent for so long, asked this often, is frozen. */
const SILENT_MS = 2_500;
const ASK_MS = 500;
/** In a hidden tab a timer comes once a second. What is longer, this tab was frozen itself: it may not have heard. */
const HEARD_MS = 1_000;

const QUESTION = 'Do you still hold it?';
const ANSWER = 'I do';

/**
 * Runs `work` while no other tab of this origin runs work of this name. The lock of a tab that is closed or crashes is free
 * at once. That of a tab that is frozen is taken away after two and a half seconds, three and a half if this one is hidden; should it wake up, `isHeld` tells it so.
 * Where the browser has no locks (a page over plain http), `work` is done all the same.
 */
export async function withTabLock<T>(name: string, work: (isHeld: () => boolean) => Promise<T>): Promise<T> {
  const { locks } = globalThis.navigator;
  if (locks === undefined) return work(() => true);
  const channel = new BroadcastChannel(name);
  const over = new AbortController();
  try {
    return await new Promise<T>((resolve, reject) => {
      let state: 'waiting' | 'held' | 'lost' = 'waiting';
      let asking = new AbortController();

      const hold = async () => {
        state = 'held';
        channel.onmessage = ({ data }) => {
          // Messages reach a frozen tab, too; timers do not.
          if (data === QUESTION) setTimeout(() => over.signal.aborted || channel.postMessage(ANSWER));
        };
        await work(() => state === 'held').then(resolve, reject);
      };
      const request = (options: LockOptions, granted = () => {}) => {
        let isHolder = false;
        const onGrant = async () => {
          granted();
          isHolder = state === 'waiting'; // one that is aborted at once may be granted all the same, and the next one, too
          if (isHolder) await hold();
        };
        locks.request(name, options, onGrant).catch((error: unknown) => {
          if (isHolder) state = 'lost';
          else if (!options.signal?.aborted) reject(error);
        });
      };
      const ask = () => {
        asking = new AbortController();
        request({ signal: asking.signal });
      };

      ask();
      // A lock that is granted to a frozen tab is held by it.
      const whileWaiting = (event: string, then: () => void) =>
        document.addEventListener(event, () => state === 'waiting' && then(), over);
      whileWaiting('freeze', () => asking.abort());
      whileWaiting('resume', ask);
      const takeAway = async () => {
        if (state !== 'waiting') return;
        asking.abort();
        await new Promise<void>((taken) => request({ steal: true }, taken));
      };
      waitUntilSilent(locks, name, channel, () => state === 'waiting', takeAway).catch(reject);
    });
  } finally {
    over.abort();
    channel.close();
  }
}

/** Asks the holder again and again, whoever that is; takes the lock away from one that does not answer. */
async function waitUntilSilent(
  locks: LockManager,
  name: string,
  channel: BroadcastChannel,
  isWaiting: () => boolean,
  takeAway: () => Promise<void>,
): Promise<void> {
  const holder = async () => (await locks.query()).held?.find((lock) => lock.name === name)?.clientId;
  let asked: string | undefined;
  let silentMs = 0;
  const listen = () => {
    silentMs = 0;
  };
  channel.addEventListener('message', ({ data }) => data === ANSWER && listen());
  for (;;) {
    const now = await holder();
    if (!isWaiting()) return;
    if (now !== asked) silentMs = 0;
    asked = now;
    if (silentMs < SILENT_MS) {
      channel.postMessage(QUESTION);
      const from = performance.now();
      await new Promise((resolve) => setTimeout(resolve, ASK_MS));
      silentMs += Math.min(performance.now() - from, HEARD_MS);
      continue;
    }
    // One at a time, or the second would take it from the first.
    await locks.request(`${name} is taken away`, { ifAvailable: true }, async (mine) => {
      if (mine && (await holder()) === asked) await takeAway();
    });
  }
}
