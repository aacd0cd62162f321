import { startRedis } from '../../../examples/redis-cache/redis.js';

/** Sets `REDIS_URL`, and starts `redis-server` on a free port if it is not set already. */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env.REDIS_URL) return undefined;
  const server = await startRedis();
  if (server === undefined)
    throw new Error('The project `redis` needs a Redis server. Install redis-server or set REDIS_URL.');
  process.env.REDIS_URL = server.url;
  return async () => {
    await server[Symbol.asyncDispose]();
  };
}
