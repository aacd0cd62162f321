import { expect, it } from 'vitest';
import { runExample } from '../../support/run-example.js';

const TIMEOUT_MS = 90_000;

/** The calls of both processes, and the source of each result. */
const WITH_REDIS = [
  'one reads persona 1: Amara Okafor (network)',
  'two reads persona 1: Amara Okafor (cache)',
  'two renames persona 1: Renamed by two (network)',
  'one reads persona 1: Renamed by two (network)',
  'one reads persona 1: Renamed by two (cache)',
  'one renames persona 1: Renamed by one (network)',
  'two reads persona 1: Renamed by one (network)',
];
const DURING_OUTAGE = [
  'one renames persona 1: Renamed in the outage (network)',
  'two reads persona 1: Renamed in the outage (network)',
  'one reads persona 1: Renamed in the outage (network)',
  'two reads persona 1: Renamed in the outage (cache)',
];
const STORE_STATUS = /^ {2}(?:one|two): the store is/;

const calls = (lines: readonly string[]) => lines.filter((line) => /^(?:one|two) /.test(line));

it('two processes share the Redis at REDIS_URL and see the writes of each other', {
  timeout: TIMEOUT_MS,
}, async () => {
  const { code, stderr, lines } = await runExample(
    'redis-cache/main',
    { REDIS_URL: process.env.REDIS_URL ?? '' },
    TIMEOUT_MS,
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(calls(lines)).toEqual(WITH_REDIS);
  expect(lines.at(-1)).toMatch(/^Calls that failed: 0 of [1-9]\d*$/);
});

it('no call of the two processes fails when the Redis that they started is killed', {
  timeout: TIMEOUT_MS,
}, async (context) => {
  const { code, stderr, lines } = await runExample('redis-cache/main', { REDIS_URL: '' }, TIMEOUT_MS);
  if (stderr.startsWith('redis-server is not installed')) {
    console.log('skipped: redis-server is not installed');
    return context.skip('redis-server is not installed');
  }
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(calls(lines)).toEqual([...WITH_REDIS, ...DURING_OUTAGE]);
  const [killed, restarted] = ['Redis was killed', 'Redis was restarted'].map((start) =>
    lines.findIndex((line) => line.startsWith(start)),
  );
  const statuses = lines.flatMap((line, index) =>
    STORE_STATUS.test(line) ? [[line.trim(), index] as const] : [],
  );
  expect(statuses.map(([line]) => line).toSorted()).toEqual(
    ['one', 'two'].flatMap((name) => [
      `${name}: the store is available`,
      `${name}: the store is unavailable`,
    ]),
  );
  for (const [line, index] of statuses)
    expect(index).toBeGreaterThan((line.endsWith('unavailable') ? killed : restarted) ?? -1);
  expect(lines.at(-1)).toMatch(/^Calls that failed: 0 of [1-9]\d*$/);
});
