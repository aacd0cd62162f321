// The caller's functions throw, and responses are odd: watch or unwatch of a token store throws, fetch resolves to undefined,
// an unexpected 304, an invalid timestamp, createMany with an option named `constructor`.
// Each case ends in a raw error or a wrong message. If unwatch throws, close() does not even end the calls in flight.
import {
  check,
  createJsonResponse,
  createPersona,
  finish,
  load,
  setTimeLimitSeconds,
  settle,
  sleep,
  withTimeout,
} from '../lib.mjs';

setTimeLimitSeconds(30);
const { PersonaClient, PersonaError } = await load();
const auth = { username: 'u', password: 'p' };
const describeError = (e) =>
  `${e instanceof PersonaError ? e.code : `a raw ${e?.name}`}: ${String(e?.message).slice(0, 90)}`;
const fetch = async (url) =>
  String(url).includes('login')
    ? createJsonResponse({ access_token: 'a', refresh_token: 'r' })
    : String(url).endsWith('/2')
      ? new Promise(() => {})
      : createJsonResponse(createPersona(1));
const createStore = (watch) => ({ get: () => undefined, set: () => {}, delete: () => {}, watch });
{
  const { error } = await settle(
    new PersonaClient({
      fetch,
      auth,
      dialect: 'subresource',
      retry: false,
      tokenStore: createStore(() => {
        throw new Error('watch');
      }),
    }).personas.get(1),
  );
  check(
    'watch throws: the call succeeds, or fails with a PersonaError',
    error === undefined || error instanceof PersonaError,
    describeError(error),
    'the persona',
  );
}
{
  const client = new PersonaClient({
    fetch,
    auth,
    dialect: 'subresource',
    retry: false,
    timeoutMs: 4000,
    tokenStore: createStore(() => () => {
      throw new Error('unwatch');
    }),
  });
  await client.personas.get(1);
  const pendingCall = settle(client.personas.get(2));
  await sleep(20);
  let thrown;
  try {
    client.close();
  } catch (e) {
    thrown = e;
  }
  check(
    'unwatch throws: close() does not',
    thrown === undefined,
    `close() threw "${thrown?.message}"`,
    'nothing',
  );
  const outcome = await withTimeout(pendingCall, 1_500, 'still running');
  check(
    'unwatch throws: close() ends the call in flight',
    outcome !== 'still running',
    outcome,
    'an end immediately',
  );
}
{
  const { error } = await settle(
    new PersonaClient({ fetch: async () => undefined, dialect: 'subresource', retry: false }).personas.get(1),
  );
  check(
    'fetch resolves to undefined: the message says so',
    /fetch|response/i.test(error.message) && !/Cannot (read|destructure)/.test(error.message),
    describeError(error),
    'a message about fetch',
  );
}
{
  const { error } = await settle(
    new PersonaClient({
      fetch: async () => new Response(null, { status: 304 }),
      dialect: 'subresource',
      retry: false,
    }).personas.get(1),
  );
  check(
    'the message does not call an unexpected 304 a redirect',
    !/redirect/i.test(error.message),
    describeError(error),
    'a message about 304',
  );
}
{
  const { value } = await settle(
    new PersonaClient({
      fetch: async () => createJsonResponse(createPersona(1, { created_at: 'not a time' })),
      dialect: 'subresource',
      retry: false,
    }).personas.get(1),
  );
  check(
    'created_at "not a time" is not changed',
    value?.created_at !== 'not a timeZ',
    value?.created_at,
    'not a time',
  );
}
{
  const { createMany } = await load('collections.js');
  let error;
  try {
    await createMany(
      new PersonaClient({ fetch: async () => createJsonResponse(createPersona(1)), dialect: 'subresource' }),
      [{ name: 'x' }],
      {
        constructor: 1,
      },
    ).finish();
  } catch (e) {
    error = e;
  }
  check(
    'createMany with an unknown option `constructor`: a PersonaError',
    error instanceof PersonaError,
    describeError(error),
    'invalid_input',
  );
}
finish();
