/**
 * The shared store on a real Redis: `npm run test:redis`. Uses the server at REDIS_URL, or starts the `redis-server` of this machine
 * on a free port; what ends a server is tried on one of its own.
 */
import { spawnSync } from 'node:child_process';
import { startRedis } from '../examples/redis-cache/redis.js';

const TOOLS = ['--prefix', 'test/redis/tools'];

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): void {
  const { status } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  if (status !== 0) process.exitCode = 1;
}

/** SQLite is compiled for more than a minute: once will do. */
const areInstalled = () => spawnSync('npm', ['ls', ...TOOLS], { stdio: 'ignore' }).status === 0;

const own = process.env.REDIS_URL ? undefined : await startRedis();
const url = process.env.REDIS_URL ?? own?.url;
if (url === undefined) {
  console.log('test:redis did not run: REDIS_URL is not set, and there is no redis-server on this machine.');
} else {
  try {
    if (!areInstalled()) run('npm', ['ci', ...TOOLS, '--no-audit', '--no-fund'], { JOBS: 'max' });
    run('vitest', ['run', '--config', 'vitest.redis.config.ts', ...process.argv.slice(2)], {
      REDIS_URL: url,
    });
  } finally {
    await own?.[Symbol.asyncDispose]();
  }
}
