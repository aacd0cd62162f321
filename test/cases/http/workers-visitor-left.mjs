// Needs workerd and esbuild (pass a folder that has both as second argument).
// A Cloudflare Worker shares one client among visitors. A visitor closes the connection while the client waits for the service.
// Other visitors then wait until their deadline. After 20 such visitors the client sends nothing at all.
// The client should recover. workerd drops promises and timers of an ended request, so shared state must not depend on them.
import { check, checkEqual, finish, setTimeLimitSeconds, sleep } from '../lib.mjs';
import { startWorker } from './_worker.mjs';

setTimeLimitSeconds(55);
const worker = await startWorker();
const { visit } = worker;
const isServed = (body) => /^(P\d+|created)/.test(body);

const controls = [await visit('read?id=50'), await visit('create?id=50'), await visit('slots?id=50')];
check(
  'no visitor has left: a read, a create and another read (control)',
  controls.every(isServed),
  controls,
  'P50, created …, P50',
);

worker.slow = true;
await visit('read?id=1', 300);
worker.slow = false;
await sleep(1_500);
const read = await visit('read?id=1&next=1');
check('a visitor leaves during a read; the next visitor gets the same persona', isServed(read), read, 'P1');

worker.slow = true;
await visit('create?id=1', 300);
worker.slow = false;
await sleep(1_500);
const created = await visit('create?id=2&next=1');
check(
  "a visitor leaves during a create with onUnknownOutcome: 'reconcile'; the next create of that name ends",
  isServed(created),
  created,
  'created …',
);

worker.slow = true;
await Promise.all(Array.from({ length: 20 }, (_, i) => visit(`slots?id=${i + 1}`, 400)));
worker.slow = false;
await sleep(1_500);
const before = worker.requests.length;
const other = await visit('slots?id=99&next=1');
check(
  '20 visitors leave (default concurrency: 20); the client still reads another persona',
  isServed(other),
  other,
  'P99',
);
checkEqual('20 visitors leave; that read reaches the service', worker.requests.length - before, 1);
finish();
