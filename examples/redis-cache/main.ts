/**
 * Two processes with one cache: each uses what the other has read, and neither shows what the other has written over, whether or
 * not Redis lives.
 *
 *   npx tsx examples/redis-cache/main.ts
 *
 * REDIS_URL points it at a Redis, which it leaves alive; otherwise it starts this machine's `redis-server`, and kills it.
 */
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createPersonaService } from 'persona-client/testing';
import type { Order, Said, Settings } from './process.js';
import { type RedisServer, startRedis } from './redis.js';

const OUTAGE_READS = 5; // of each, and each waits for the dead store as long as it may
const PATIENCE_MS = 30_000;
let calls = 0;
let failures = 0;

/** A process with a client of its own. It does one thing after the other. */
function start(name: string, settings: Settings) {
  const program = fileURLToPath(new URL('./process.ts', import.meta.url));
  const child = fork(program, [JSON.stringify(settings)], { execArgv: ['--import', 'tsx'] });
  let answered: (said: Exclude<Said, { store: string }>) => void = () => {};
  let store: 'given up' | 'back' | undefined;
  child.on('message', (said: Said) => {
    if (!('store' in said)) return answered(said);
    store = said.store;
    console.log(`  ${name}: the store is ${store}`);
  });
  child.once('exit', (code) => answered({ failed: `the process ended with ${code}` }));

  const order = (what: Order) =>
    new Promise<Parameters<typeof answered>[0]>((resolve) => {
      answered = resolve;
      child.send(what);
    });
  const call = async (what: Order) => {
    calls++;
    const said = await order(what);
    if ('failed' in said) failures++;
    return 'failed' in said ? said.failed : `${said.name} (${said.source})`;
  };
  return {
    read: async (id: number) => console.log(`${name} reads persona ${id}: ${await call({ do: 'read', id })}`),
    readSilently: (id: number) => call({ do: 'read', id }),
    rename: async (id: number, to: string) =>
      console.log(`${name} renames persona ${id}: ${await call({ do: 'rename', id, name: to })}`),
    look: (id: number) => order({ do: 'look', id }),
    hasStoreBack: (id: number) =>
      until(async () => {
        await call({ do: 'read', id });
        return store === 'back';
      }),
    stop: async () => {
      if (child.exitCode !== null) return;
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

/** What a process reads is put into the store behind its caller; and when the store is back, each says anew what it has written. */
const shared = (reader: Process, other: Process) =>
  until(async () => {
    await reader.readSilently(1);
    const said = await other.look(1);
    return 'source' in said && said.source === 'cache';
  });

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const begun = performance.now();
  while (!(await isSo())) {
    if (performance.now() - begun > PATIENCE_MS) throw new Error('that takes too long');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

type Process = ReturnType<typeof start>;

async function together(one: Process, two: Process): Promise<void> {
  await one.read(1);
  await shared(one, two);
  await two.read(1);
  await two.rename(1, 'Renamed by two');
  await one.read(1);
  await one.read(1);
  await one.rename(1, 'Renamed by one');
  await two.read(1);
}

async function withoutRedis(one: Process, two: Process, redis: RedisServer): Promise<void> {
  await redis.kill();
  console.log('Redis is killed');
  await one.rename(1, 'Renamed in the outage');
  await two.read(1);
  for (let read = 0; read < OUTAGE_READS; read++)
    await Promise.all([one.readSilently(2 + (read % 4)), two.readSilently(2 + (read % 4))]);
  await redis.restart();
  console.log(`Redis is started again, after ${2 * OUTAGE_READS} reads without it`);
  await Promise.all([one.hasStoreBack(2), two.hasStoreBack(2)]);
  await one.read(1);
  await shared(one, two);
  await two.read(1);
}

const given = process.env.REDIS_URL;
const own = given ? undefined : await startRedis();
const redis = given || own?.url;
if (redis === undefined) {
  console.error('There is no redis-server on this machine: install it, or set REDIS_URL.');
  process.exit(1);
}
console.log(own ? `Redis is started for this: ${redis}` : `Redis is the one at ${redis}, and stays alive`);
const service = createPersonaService();
const { url } = await service.listen({ port: 0 });
const settings = { service: url, redis, keySecret: randomBytes(32).toString('base64') };
const [one, two] = [start('one', settings), start('two', settings)];
try {
  await together(one, two);
  if (own) await withoutRedis(one, two, own);
  console.log(`Calls that failed: ${failures} of ${calls}`);
} finally {
  await Promise.all([one.stop(), two.stop()]);
  await service.close();
  await own?.[Symbol.asyncDispose]();
}
