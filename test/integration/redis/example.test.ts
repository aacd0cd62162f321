import { expect, it } from 'vitest';
import { runExample } from '../../examples/run.js';

const WITHIN_MS = 90_000;

/** What each process reads and writes, and where it has it from. */
const TOGETHER = [
  'one reads persona 1: Amara Okafor (network)',
  'two reads persona 1: Amara Okafor (cache)',
  'two renames persona 1: Renamed by two (network)',
  'one reads persona 1: Renamed by two (network)',
  'one reads persona 1: Renamed by two (cache)',
  'one renames persona 1: Renamed by one (network)',
  'two reads persona 1: Renamed by one (network)',
];
const WITHOUT_REDIS = [
  'one renames persona 1: Renamed in the outage (network)',
  'two reads persona 1: Renamed in the outage (network)',
  'one reads persona 1: Renamed in the outage (network)',
  'two reads persona 1: Renamed in the outage (cache)',
];
const STORE = /^ {2}(?:one|two): the store is/;

const calls = (lines: readonly string[]) => lines.filter((line) => /^(?:one|two) /.test(line));

it('two processes on the Redis at REDIS_URL see what the other reads and writes', {
  timeout: WITHIN_MS,
}, async () => {
  const { code, stderr, lines } = await runExample(
    'redis-cache/main',
    { REDIS_URL: process.env.REDIS_URL ?? '' },
    WITHIN_MS,
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(calls(lines)).toEqual(TOGETHER);
  expect(lines.at(-1)).toMatch(/^Calls that failed: 0 of [1-9]\d*$/);
});

it('and no call of theirs fails when a Redis of their own is killed', {
  timeout: WITHIN_MS,
}, async (context) => {
  const { code, stderr, lines } = await runExample('redis-cache/main', { REDIS_URL: '' }, WITHIN_MS);
  if (stderr.startsWith('There is no redis-server')) {
    console.log(
      'examples/redis-cache without REDIS_URL: did not run, there is no redis-server on this machine.',
    );
    return context.skip();
  }
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(calls(lines)).toEqual([...TOGETHER, ...WITHOUT_REDIS]);
  const [killed, restarted] = ['Redis is killed', 'Redis is started again'].map((what) =>
    lines.findIndex((line) => line.startsWith(what)),
  );
  const told = lines.flatMap((line, at) => (STORE.test(line) ? [[line.trim(), at] as const] : []));
  expect(told.map(([line]) => line).toSorted()).toEqual(
    ['one', 'two'].flatMap((name) => [`${name}: the store is back`, `${name}: the store is given up`]),
  );
  for (const [line, at] of told)
    expect(at).toBeGreaterThan((line.endsWith('back') ? restarted : killed) ?? -1);
  expect(lines.at(-1)).toMatch(/^Calls that failed: 0 of [1-9]\d*$/);
});
