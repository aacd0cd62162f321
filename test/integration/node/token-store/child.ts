/** A process that shares a token file with others, for processes.test.ts. Prints one line per completed step. */
import { appendFileSync } from 'node:fs';
import { PersonaClient } from 'persona-client';
import { fileTokenStore, TokenStoreError } from 'persona-client/node';

const [command = '', path = '', ...rest] = process.argv.slice(2);
const store = fileTokenStore(path, { lockTimeoutMs: 60_000 });
const print = (line: string) => process.stdout.write(`${line}\n`);

const COMMANDS: Record<string, () => Promise<void>> = {
  /** Increments one key under its lock, and writes a key that no other process uses. */
  count: async () => {
    const [times = '0', log = ''] = rest;
    for (let i = 1; i <= Number(times); i++) {
      await store.lock?.('counter', async (locked) => {
        appendFileSync(log, `in ${process.pid}\n`);
        const before = await locked.get();
        const wasReplaced = await locked.replace({
          accessToken: String(Number(before?.accessToken ?? 0) + 1),
        });
        if (!wasReplaced) throw new Error('lost the lock');
        appendFileSync(log, `out ${process.pid}\n`);
      });
      print('incremented');
      await store.set(`own ${process.pid}`, { accessToken: String(i) });
      print('wrote');
    }
  },
  /** Holds the lock until it is killed. */
  hold: async () => {
    setInterval(() => {}, 1_000);
    await store.lock?.('counter', () => {
      print('holding');
      return new Promise(() => {});
    });
  },
  /** Writes one key, and prints the error if that fails. */
  set: async () => {
    try {
      await fileTokenStore(path, { lockTimeoutMs: 500 }).set('a', { accessToken: 'x' });
      print('stored');
    } catch (error) {
      print(error instanceof TokenStoreError ? `${error.code} ${error.message}` : String(error));
    }
  },
  /** Reads a persona repeatedly. */
  call: async () => {
    const [baseUrl = '', times = '0'] = rest;
    using client = new PersonaClient({ baseUrl, principal: 'shared', tokenStore: store, cache: false });
    for (let i = 0; i < Number(times); i++) {
      await client.personas.get(1);
      print('read');
    }
  },
};
await COMMANDS[command]?.();
