/** A holder that is silent to so many questions in a row, this far apart, is frozen: 3 seconds. */
const ASK_MS = 500;
const SILENT = 6;

const QUESTION = 'Do you still hold it?';
const ANSWER = 'I do';

/**
 * Runs `work` while no other tab of this origin runs work of this name. The lock of a tab that is closed or crashes is free
 * at once. That of a tab that is frozen is taken away after three seconds; should it wake up, `isHeld` tells it so.
 * Where the browser has no locks (a page over plain http), `work` is done all the same.
 */
export async function withTabLock<T>(name: string, work: (isHeld: () => boolean) => Promise<T>): Promise<T> {
  const { locks } = globalThis.navigator;
  if (locks === undefined) return work(() => true);
  const channel = new BroadcastChannel(name);
  try {
    return await new Promise<T>((resolve, reject) => {
      let state: 'waiting' | 'held' | 'lost' = 'waiting';
      const asking = new AbortController();

      const hold = async () => {
        state = 'held';
        channel.onmessage = ({ data }) => {
          if (data === QUESTION) channel.postMessage(ANSWER);
        };
        await work(() => state === 'held').then(resolve, reject);
      };
      const broken = (error: unknown) => {
        if (state === 'held') state = 'lost';
        else if (!asking.signal.aborted) reject(error);
      };

      locks.request(name, { signal: asking.signal }, hold).catch(broken);
      const takeAway = async () => {
        if (state !== 'waiting') return;
        asking.abort();
        await new Promise<void>((taken) => {
          const holdTaken = () => {
            taken();
            return hold();
          };
          locks.request(name, { steal: true }, holdTaken).catch(broken);
        });
      };
      waitUntilSilent(locks, name, channel, () => state === 'waiting', takeAway).catch(reject);
    });
  } finally {
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
  let unanswered = 0; // counted, since the clock goes on while this tab is frozen itself
  const listen = () => {
    unanswered = 0;
  };
  channel.addEventListener('message', ({ data }) => data === ANSWER && listen());
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, ASK_MS));
    const now = await holder();
    if (!isWaiting()) return;
    if (now !== asked) unanswered = 0;
    asked = now;
    if (unanswered < SILENT) {
      unanswered++;
      channel.postMessage(QUESTION);
      continue;
    }
    // One at a time, or the second would take it from the first.
    await locks.request(`${name} is taken away`, { ifAvailable: true }, async (mine) => {
      if (mine && (await holder()) === asked) await takeAway();
    });
  }
}
