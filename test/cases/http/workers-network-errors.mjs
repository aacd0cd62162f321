// Needs workerd and esbuild (pass a folder that has both as second argument).
// In a Cloudflare Worker, the service resets every connection. The client sends one request and throws the runtime's own Error.
// It should retry, fail with connection_failed, count the failure for the circuit breaker and apply the fallback, as on Node.
import { check, checkEqual, finish, setTimeLimitSeconds } from '../lib.mjs';
import { startWorker } from './_worker.mjs';

setTimeLimitSeconds(30);
const { visit } = await startWorker();
const reachable = await visit('read?id=7');
check('a service that responds (control)', /^P7 network/.test(reachable), reachable, 'P7 network');
const outcome = await visit('network?id=1');
check(
  'the error is a PersonaError',
  /connection_failed/.test(outcome),
  outcome,
  'PersonaConnectionError connection_failed',
);
checkEqual('the call is retried (retry.limit: 2)', /requests (\d+)/.exec(outcome)?.[1], '3');
const secondOutcome = await visit('network?id=1');
check(
  'the circuit opens after two failures (failMax: 2)',
  /circuit open/.test(secondOutcome),
  secondOutcome,
  'circuit open',
);
const fallback = await visit('network?id=1&fallback=1');
check('the fallback applies', /^fallback/.test(fallback), fallback, 'fallback');
finish();
