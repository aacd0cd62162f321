/**
 * Writes the CPU profile of calls to stdout: node calls.mjs <module> <url> <operation> <calls> <concurrency>.
 *
 * The module exports `open(url)`, which returns the operations. As many calls warm up. Without any calls, the profile contains
 * `open` and the first call.
 */
import { Session } from 'node:inspector/promises';
import { text } from 'node:stream/consumers';

const INTERVAL_US = 50;
const [module, url, operation, ...numbers] = process.argv.slice(2);
const [calls, concurrency] = numbers.map(Number);
const { open } = await import(module);

let lastNumber = 0;
async function runCalls(operations) {
  let remaining = calls;
  const worker = async () => {
    while (remaining-- > 0) await operations[operation](++lastNumber);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.setSamplingInterval', { interval: INTERVAL_US });

if (calls > 0) {
  const operations = await open(url);
  await runCalls(operations);
  await session.post('Profiler.start');
  await runCalls(operations);
} else {
  await fetch(url).then(({ body }) => text(body)); // loads the code of fetch
  await session.post('Profiler.start');
  const operations = await open(url);
  await operations[operation](1);
}
const { profile } = await session.post('Profiler.stop');
process.stdout.write(JSON.stringify(profile), () => process.exit());
