// The caller's fallback, or the validate function of a Standard Schema, never settles.
// deadlineMs, abort() and client.close() have no effect, and the call hangs. getToken and token stores are bounded.
// The docs say that the deadline covers the whole call, so it should bound every function of the caller.
import {
  check,
  createJsonResponse,
  createPersona,
  describeOutcome,
  finish,
  load,
  setTimeLimitSeconds,
  withTimeout,
} from '../lib.mjs';

setTimeLimitSeconds(20);
const { PersonaClient, defineAttributes } = await load();
const hang = () => new Promise(() => {});
const STILL_RUNNING = 'still running after 2 s';
const createFailingClient = (options) =>
  new PersonaClient({
    fetch: async () => createJsonResponse({}, { status: 503 }),
    retry: false,
    dialect: 'subresource',
    ...options,
  });
const deadlineOutcome = await withTimeout(
  describeOutcome(createFailingClient({ deadlineMs: 300 }).personas.get(1, { fallback: hang })),
  2_000,
  STILL_RUNNING,
);
check(
  'a fallback that never settles, deadlineMs: 300',
  deadlineOutcome !== STILL_RUNNING,
  deadlineOutcome,
  'an error after 300 ms',
);
const controller = new AbortController();
setTimeout(() => controller.abort(), 100);
const abortOutcome = await withTimeout(
  describeOutcome(createFailingClient({}).personas.get(1, { fallback: hang, signal: controller.signal })),
  2_000,
  STILL_RUNNING,
);
check(
  'a fallback that never settles, then abort()',
  abortOutcome !== STILL_RUNNING,
  abortOutcome,
  'an error immediately',
);
const schema = { '~standard': { version: 1, vendor: 'x', validate: hang } };
const client = new PersonaClient({
  fetch: async () => createJsonResponse(createPersona(1)),
  retry: false,
  dialect: 'subresource',
  deadlineMs: 300,
  attributes: defineAttributes({ psychographic: schema }),
});
const validateOutcome = await withTimeout(
  describeOutcome(client.personas.create({ name: 'x', psychographic: { a: 1 } })),
  2_000,
  STILL_RUNNING,
);
check(
  'a validate that never settles, deadlineMs: 300',
  validateOutcome !== STILL_RUNNING,
  validateOutcome,
  'an error after 300 ms',
);
finish();
