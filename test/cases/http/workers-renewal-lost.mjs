// Needs workerd and esbuild (pass a folder that has both as second argument).
// A Cloudflare Worker uses staleWhileRevalidateMs. A visitor gets a stale persona, and the revalidation continues in the background.
// workerd drops it when the response has been sent. The client never revalidates again, and later fails with a raw runtime error.
// It should revalidate again when the previous revalidation has exceeded its own time limit. No visitor has to leave for this.
import { check, finish, setTimeLimitSeconds, sleep } from '../lib.mjs';
import { startWorker } from './_worker.mjs';

setTimeLimitSeconds(40);
const worker = await startWorker();
const { visit } = worker;
const countReads = () => worker.requests.filter((r) => r === 'GET /api/v1/personas/1').length;
const first = await visit('revalidation?id=1');
check('the first read (control)', /^P1 network/.test(first), first, 'P1 network');
await sleep(50);
worker.slow = true;
await visit('revalidation?id=1');
worker.slow = false;
await sleep(1_500);
const before = countReads();
await visit('revalidation?id=1');
await sleep(300);
check(
  'a revalidation is lost; a later stale read starts another',
  countReads() > before,
  `${countReads() - before} requests`,
  '1 request',
);
await sleep(3_000);
const later = await visit('revalidation?id=1&next=1');
check(
  'after the window, the client reads the persona from the service',
  /^P1 network/.test(later),
  later,
  'P1 network',
);
check(
  'after the window, no raw runtime error reaches the caller',
  !/^Error/.test(later),
  later,
  'a persona or a PersonaError',
);
finish();
