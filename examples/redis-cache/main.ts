/**
 * Two processes that share a cache in Redis. Each uses what the other has read, and sees what the other writes, also while
 * Redis is down.
 *
 *   npx tsx examples/redis-cache/main.ts
 *
 * Uses the Redis at REDIS_URL and leaves it running. Without REDIS_URL it starts `redis-server`, and kills it for the demo.
 */
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createPersonaService } from 'persona-client/testing';
import type { Command, Message, Reply, Settings } from './process.js';
import { type RedisServer, startRedis } from './redis.js';

const OUTAGE_READS = 5; // per process; each waits for the store until storeTimeoutMs
const TIMEOUT_MS = 30_000;
let calls = 0;
let failures = 0;

/** Starts a process with its own client. Send one command at a time. */
function start(name: string, settings: Settings) {
  const program = fileURLToPath(new URL('./process.ts', import.meta.url));
  const child = fork(program, [JSON.stringify(settings)], { execArgv: ['--import', 'tsx'] });
  let onReply: (reply: Reply) => void = () => {};
  let store: 'available' | 'unavailable' | undefined;
  child.on('message', (message: Message) => {
    if (!('store' in message)) return onReply(message);
    store = message.store;
    console.log(`  ${name}: the store is ${store}`);
  });
  child.once('exit', (code) => onReply({ error: `the process exited with code ${code}` }));

  const send = (command: Command) =>
    new Promise<Reply>((resolve) => {
      onReply = resolve;
      child.send(command);
    });
  const call = async (command: Command) => {
    calls++;
    const reply = await send(command);
    if ('error' in reply) failures++;
    return 'error' in reply ? reply.error : `${reply.name} (${reply.source})`;
  };
  return {
    read: async (id: number) =>
      console.log(`${name} reads persona ${id}: ${await call({ type: 'read', id })}`),
    readSilently: (id: number) => call({ type: 'read', id }),
    readCached: (id: number) => send({ type: 'readCached', id }),
    rename: async (id: number, newName: string) =>
      console.log(`${name} renames persona ${id}: ${await call({ type: 'rename', id, name: newName })}`),
    waitForStore: (id: number) =>
      waitUntil(async () => {
        await call({ type: 'read', id });
        return store === 'available';
      }),
    stop: async () => {
      if (child.exitCode !== null) return;
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

type Process = ReturnType<typeof start>;

/** Waits until `other` finds in the cache what `reader` reads: entries are stored in the background. */
const waitUntilShared = (reader: Process, other: Process) =>
  waitUntil(async () => {
    await reader.readSilently(1);
    const reply = await other.readCached(1);
    return 'source' in reply && reply.source === 'cache';
  });

async function waitUntil(condition: () => Promise<boolean>): Promise<void> {
  const startedAt = performance.now();
  while (!(await condition())) {
    if (performance.now() - startedAt > TIMEOUT_MS) throw new Error(`timed out after ${TIMEOUT_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function shareCache(one: Process, two: Process): Promise<void> {
  await one.read(1);
  await waitUntilShared(one, two);
  await two.read(1);
  await two.rename(1, 'Renamed by two');
  await one.read(1);
  await one.read(1);
  await one.rename(1, 'Renamed by one');
  await two.read(1);
}

async function surviveOutage(one: Process, two: Process, redis: RedisServer): Promise<void> {
  await redis.kill();
  console.log('Redis was killed');
  await one.rename(1, 'Renamed in the outage');
  await two.read(1);
  for (let read = 0; read < OUTAGE_READS; read++)
    await Promise.all([one.readSilently(2 + (read % 4)), two.readSilently(2 + (read % 4))]);
  await redis.restart();
  console.log(`Redis was restarted, after ${2 * OUTAGE_READS} reads without it`);
  await Promise.all([one.waitForStore(2), two.waitForStore(2)]);
  await one.read(1);
  await waitUntilShared(one, two);
  await two.read(1);
}

const redisUrl = process.env.REDIS_URL;
const ownServer = redisUrl ? undefined : await startRedis();
const redis = redisUrl || ownServer?.url;
if (redis === undefined) {
  console.error('redis-server is not installed. Install it, or set REDIS_URL.');
  process.exit(1);
}
console.log(ownServer ? `Started Redis at ${redis}` : `Using Redis at ${redis}, which is not killed`);
const service = createPersonaService();
const { url } = await service.listen({ port: 0 });
const settings = { service: url, redis, keySecret: randomBytes(32).toString('base64') };
const [one, two] = [start('one', settings), start('two', settings)];
try {
  await shareCache(one, two);
  if (ownServer) await surviveOutage(one, two, ownServer);
  console.log(`Calls that failed: ${failures} of ${calls}`);
} finally {
  await Promise.all([one.stop(), two.stop()]);
  await service.close();
  await ownServer?.[Symbol.asyncDispose]();
}
