/** Runs in each tab: reads a persona repeatedly and records failed and slow calls. */
import { PersonaClient, PersonaError } from 'persona-client';
import { webStorageTokenStore } from 'persona-client/browser';

/** A failed or slow call. Times are in milliseconds since the epoch. */
export interface NotableCall {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly error: string | undefined;
}

export interface TabReport {
  readonly calls: number;
  readonly notable: readonly NotableCall[];
  readonly isLoggedIn: boolean;
}

declare global {
  var tab: {
    login(): Promise<void>;
    logout(): Promise<void>;
    read(): Promise<string>;
    run(): void;
    stop(): Promise<TabReport>;
    isLoggedIn(): Promise<boolean>;
    /** Acquires the lock of the tokens, and keeps it until `releaseLock`. */
    acquireLock(): Promise<void>;
    /** Tries to replace the tokens, then releases the lock. Returns whether the tokens were replaced. */
    releaseLock(): Promise<boolean | string>;
    /**
     * Requests that lock, is frozen and resumed immediately, and loses the lock during its work. Returns how often the work ran, and
     * whether it could replace the tokens afterwards.
     */
    freezeWhileWaiting(): Promise<{ readonly runs: number; readonly wasReplaced: boolean | undefined }>;
    /** Acquires a lock repeatedly, and returns how often it was lost. */
    acquireLockRepeatedly(rounds: number): Promise<number>;
  };
}

const query = new URLSearchParams(location.search);
const baseUrl = query.get('service') ?? '';
const tokenStore = webStorageTokenStore();
const principal = 'this browser';
const lockName = `persona-client:${baseUrl}:${principal}`;
const client = new PersonaClient({
  baseUrl,
  principal,
  tokenStore,
  headers: { 'x-tab': query.get('tab') ?? '' },
  cache: false,
  retry: { limit: 5, backoffMs: 50 },
});

const report = { calls: 0, notable: [] as NotableCall[] };
let running: Promise<void> | undefined;
let isStopping = false;

async function readRepeatedly(): Promise<void> {
  while (!isStopping) {
    const startedAt = Date.now();
    const error = await client.personas.get(1).then(
      () => undefined,
      (reason: unknown) => (reason instanceof PersonaError ? `${reason.code}: ${reason}` : String(reason)),
    );
    const endedAt = Date.now();
    report.calls++;
    if (error || endedAt - startedAt > 1_000) report.notable.push({ startedAt, endedAt, error });
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 300)); // limits the load of the tabs
  }
}

let release = () => {};
let replacement: Promise<boolean | string> | undefined;

globalThis.tab = {
  login: async () => {
    await client.auth.login({ username: 'admin', password: 'secret' });
  },
  logout: () => client.auth.logout(),
  read: () => client.personas.get(1).then(({ name }) => name),
  run: () => {
    running = readRepeatedly();
  },
  stop: async () => {
    isStopping = true;
    await running;
    return { ...report, isLoggedIn: (await client.auth.session()).isLoggedIn };
  },
  isLoggedIn: async () => (await client.auth.session()).isLoggedIn,
  acquireLock: () =>
    new Promise((acquired) => {
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      replacement = tokenStore.lock?.(lockName, async (locked) => {
        await locked.get();
        acquired();
        await released;
        return locked.replace({ accessToken: 'late' });
      });
    }),
  freezeWhileWaiting: async () => {
    let runs = 0;
    const result = tokenStore.lock?.(lockName, async (locked) => {
      runs++;
      await locked.get();
      await navigator.locks.request(lockName, { steal: true }, () => {});
      return locked.replace({ accessToken: 'late' });
    });
    for (const event of ['freeze', 'resume']) document.dispatchEvent(new Event(event));
    const wasReplaced = await result;
    await navigator.locks.request(lockName, () => {}); // earlier requests were granted by now
    return { runs, wasReplaced };
  },
  acquireLockRepeatedly: async (rounds) => {
    let lossCount = 0;
    for (let round = 0; round < rounds; round++)
      await tokenStore.lock?.('contended', async (locked) => {
        const isHeld = await Promise.resolve()
          .then(() => locked.get())
          .then(() => round % 2 === 0 || locked.replace({ accessToken: 'token' }))
          .catch(() => false);
        if (!isHeld) lossCount++;
      });
    return lossCount;
  },
  releaseLock: async () => {
    release();
    return (await replacement) ?? 'there is no lock';
  },
};
