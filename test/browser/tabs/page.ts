/** What runs in each tab: reads a persona again and again, and remembers how that went. */
import { PersonaClient, PersonaError } from 'persona-client';
import { webStorageTokenStore } from 'persona-client/browser';

/** A call that failed, or took longer than most, with when it began and ended in milliseconds since 1970. */
export interface Notable {
  readonly begin: number;
  readonly end: number;
  readonly error: string | undefined;
}

export interface Report {
  readonly calls: number;
  readonly notable: readonly Notable[];
  readonly signedIn: boolean;
}

declare global {
  var tab: {
    login(): Promise<void>;
    logout(): Promise<void>;
    read(): Promise<string>;
    run(): void;
    stop(): Promise<Report>;
    signedIn(): Promise<boolean>;
    /** Holds the lock of the tokens, and stores others when it is let go. */
    holdUp(): Promise<void>;
    letGo(): Promise<boolean | string>;
    /**
     * Asks for that lock, is told in the same moment that it is frozen and awake again, and loses it to another in its work: how
     * often it did that, and whether it could store something after it.
     */
    nod(): Promise<{ readonly works: number; readonly stored: boolean | undefined }>;
    /** Takes a lock so many times, for a moment each: how often it was lost, though nobody slept. */
    contend(times: number): Promise<number>;
  };
}

const asked = new URLSearchParams(location.search);
const baseUrl = asked.get('service') ?? '';
const tokenStore = webStorageTokenStore();
const principal = 'this browser';
const lockName = `persona-client:${baseUrl}:${principal}`;
const client = new PersonaClient({
  baseUrl,
  principal,
  tokenStore,
  headers: { 'x-tab': asked.get('tab') ?? '' },
  cache: false,
  retry: { limit: 5, backoffMs: 50 },
});

const seen = { calls: 0, notable: [] as Notable[] };
let running: Promise<void> | undefined;
let stopping = false;

async function run(): Promise<void> {
  while (!stopping) {
    const begin = Date.now();
    const error = await client.personas.get(1).then(
      () => undefined,
      (reason: unknown) => (reason instanceof PersonaError ? `${reason.code}: ${reason}` : String(reason)),
    );
    const end = Date.now();
    seen.calls++;
    if (error || end - begin > 1_000) seen.notable.push({ begin, end, error });
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 300));
  }
}

let letGo = () => {};
let held: Promise<boolean | string> | undefined;

globalThis.tab = {
  login: async () => {
    await client.auth.login({ username: 'admin', password: 'secret' });
  },
  logout: () => client.auth.logout(),
  read: () => client.personas.get(1).then(({ name }) => name),
  run: () => {
    running = run();
  },
  stop: async () => {
    stopping = true;
    await running;
    return { ...seen, signedIn: (await client.auth.session()).signedIn };
  },
  signedIn: async () => (await client.auth.session()).signedIn,
  holdUp: () =>
    new Promise((holding) => {
      const over = new Promise<void>((resolve) => {
        letGo = resolve;
      });
      held = tokenStore.lock?.(lockName, async (locked) => {
        await locked.get();
        holding();
        await over;
        return locked.replace({ accessToken: 'late' });
      });
    }),
  nod: async () => {
    let works = 0;
    const work = tokenStore.lock?.(lockName, async (locked) => {
      works++;
      await locked.get();
      await navigator.locks.request(lockName, { steal: true }, () => {});
      return locked.replace({ accessToken: 'late' });
    });
    for (const event of ['freeze', 'resume']) document.dispatchEvent(new Event(event));
    const stored = await work;
    await navigator.locks.request(lockName, () => {}); // whoever asked before has had it
    return { works, stored };
  },
  contend: async (times) => {
    let lost = 0;
    for (let time = 0; time < times; time++)
      await tokenStore.lock?.('contended', async (locked) => {
        const isKept = await Promise.resolve()
          .then(() => locked.get())
          .then(() => time % 2 === 0 || locked.replace({ accessToken: 'token' }))
          .catch(() => false);
        if (!isKept) lost++;
      });
    return lost;
  },
  letGo: async () => {
    letGo();
    return (await held) ?? 'there is no lock';
  },
};
