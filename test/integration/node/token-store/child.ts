/** A process that shares a token file with others, for file-token-store.test.ts. Says a line for whatever it has done. */
import { appendFileSync } from 'node:fs';
import { PersonaClient } from 'persona-client';
import { fileTokenStore } from 'persona-client/node';

const [what = '', path = '', ...rest] = process.argv.slice(2);
const store = fileTokenStore(path, { lockTimeoutMs: 60_000 });
const say = (line: string) => process.stdout.write(`${line}\n`);

const PROGRAMS: Record<string, () => Promise<void>> = {
  /** Counts in one key under its lock, and writes a key of its own. */
  count: async () => {
    const [times = '0', log = ''] = rest;
    for (let i = 1; i <= Number(times); i++) {
      await store.lock?.('counter', async (held) => {
        appendFileSync(log, `in ${process.pid}\n`);
        const before = await held.get();
        const kept = await held.replace({ accessToken: String(Number(before?.accessToken ?? 0) + 1) });
        if (!kept) throw new Error('lost its lock');
        appendFileSync(log, `out ${process.pid}\n`);
      });
      say('counted');
      await store.set(`own ${process.pid}`, { accessToken: String(i) });
      say('wrote');
    }
  },
  /** Holds the lock until it is killed. */
  hold: async () => {
    setInterval(() => {}, 1_000);
    await store.lock?.('counter', () => {
      say('holding');
      return new Promise(() => {});
    });
  },
  /** Reads a persona again and again. */
  call: async () => {
    const [baseUrl = '', times = '0'] = rest;
    using client = new PersonaClient({ baseUrl, principal: 'shared', tokenStore: store, cache: false });
    for (let i = 0; i < Number(times); i++) {
      await client.personas.get(1);
      say('read');
    }
  },
};
await PROGRAMS[what]?.();
