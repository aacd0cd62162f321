import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { getHeapSnapshot } from 'node:v8';
import { type AuthOptions, PersonaClient } from '../../src/index.js';

/** Run in a process of its own, with `--expose-gc`: whether a credential is in memory while its view is, and when only what it read is. */
const PERSONA = { id: 1, name: 'Ada', created_at: '2026-01-01T00:00:00', updated_at: '2026-01-01T00:00:00' };
const KINDS: Readonly<Record<string, (secret: string) => AuthOptions>> = {
  token: (token) => ({ token }),
  pair: (accessToken) => ({ accessToken, refreshToken: 'refresh' }),
  password: (password) => ({ username: 'ada', password }),
};

const client = new PersonaClient({
  dialect: 'subresource',
  fetch: async (url) =>
    Response.json(String(url).endsWith('/auth/login') ? { access_token: 'granted' } : PERSONA),
});

/** The secret is put together here and nowhere else: its halves are not what is looked for. */
const secretOf = (halves: readonly string[]) => halves.join('=');

async function inMemory(halves: readonly string[]): Promise<boolean> {
  await setImmediate();
  globalThis.gc?.();
  let last = '';
  for await (const chunk of getHeapSnapshot()) {
    const text = last + String(chunk);
    if (text.includes(`${halves[0]}=${halves[1]}`)) return true;
    last = text.slice(-200);
  }
  return false;
}

async function reading(halves: readonly string[], auth: (secret: string) => AuthOptions) {
  const view = client.as(auth(secretOf(halves)));
  await view.personas.get(1);
  const whileOpen = await inMemory(halves);
  view.close();
  return whileOpen;
}

const results: object[] = [];
for (const [kind, auth] of Object.entries(KINDS)) {
  const halves = [randomUUID(), randomUUID()];
  const whileOpen = await reading(halves, auth);
  const afterwards = await inMemory(halves);
  results.push({ kind, whileOpen, afterwards, entries: client.cache.stats().entries });
}
console.log(JSON.stringify(results));
