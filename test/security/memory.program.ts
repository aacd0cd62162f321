import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { getHeapSnapshot } from 'node:v8';
import { type AuthOptions, PersonaClient } from '../../src/index.js';
import { PERSONA_BODY } from '../support/personas.js';

/**
 * Checks whether a credential is in memory while its view is open, and after the view is closed.
 *
 * Run it in a separate process with `--expose-gc`.
 */
const KINDS: Readonly<Record<string, (secret: string) => AuthOptions>> = {
  token: (token) => ({ token }),
  pair: (accessToken) => ({ accessToken, refreshToken: 'refresh' }),
  password: (password) => ({ username: 'ada', password }),
};

const client = new PersonaClient({
  dialect: 'subresource',
  fetch: async (url) =>
    Response.json(String(url).endsWith('/auth/login') ? { access_token: 'granted' } : PERSONA_BODY),
});

/** Only this function joins the halves, so a search for the joined secret finds no other copy. */
const joinHalves = (halves: readonly string[]) => halves.join('=');

async function isInHeap(halves: readonly string[]): Promise<boolean> {
  await setImmediate();
  globalThis.gc?.();
  let tail = '';
  for await (const chunk of getHeapSnapshot()) {
    const text = tail + String(chunk);
    if (text.includes(`${halves[0]}=${halves[1]}`)) return true;
    tail = text.slice(-200);
  }
  return false;
}

async function readWithView(halves: readonly string[], auth: (secret: string) => AuthOptions) {
  const view = client.as(auth(joinHalves(halves)));
  await view.personas.get(1);
  const inHeapWhileOpen = await isInHeap(halves);
  view.close();
  return inHeapWhileOpen;
}

const results: object[] = [];
for (const [kind, auth] of Object.entries(KINDS)) {
  const halves = [randomUUID(), randomUUID()];
  const inHeapWhileOpen = await readWithView(halves, auth);
  const inHeapAfterClose = await isInHeap(halves);
  results.push({ kind, inHeapWhileOpen, inHeapAfterClose, entries: client.cache.stats().entries });
}
console.log(JSON.stringify(results));
