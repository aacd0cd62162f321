// The package rejects unknown options by name, except in persona-client/testing, /query and /otel, which ignore them.
// A test then passes for the wrong reason: fail({ code: 500 }) responds with 503, and { match: { methods: ['GET'] } } matches every
// request. { time: 1 } never ends, and seed: 'none' and seed: -1 mean an empty store. personaQueries(client, { prefix: ['ada'] })
// shares one cache among all users, and keyPrefix: 'ada' becomes ['a', 'd', 'a'].
// Others cause "Cannot read properties of undefined" in every request.
// These functions should reject unknown options by name, as the client does.
import { check, finish, load, setTimeLimitSeconds, settle } from '../lib.mjs';

setTimeLimitSeconds(20);
const { PersonaClient } = await load();
const testing = await load('testing.js');
const { createPersonaService, fail, stall, toMswHandlers } = testing;
const { personaQueries } = await load('query.js');
const { personaTelemetry } = await load('otel.js').catch(() => ({}));
const client = new PersonaClient({ fetch: createPersonaService().fetch });
const checkRejected = async (scenario, name, useOption) => {
  const { error } = await settle((async () => useOption())());
  check(
    `${scenario}: rejected by name`,
    error instanceof TypeError || error?.code === 'invalid_input'
      ? error.message.includes(name) && !/Cannot (read|destr)/.test(error.message)
      : false,
    error?.message ?? 'accepted',
    `an error that names ${name}`,
  );
};
await checkRejected(
  '(control) new PersonaClient({ timeout })',
  'timeout',
  () => new PersonaClient({ timeout: 5 }),
);
await checkRejected("(control) createPersonaService({ dialect: 'attribute' })", 'attribute', () =>
  createPersonaService({ dialect: 'attribute' }),
);
await checkRejected('createPersonaService({ dialekt })', 'dialekt', () =>
  createPersonaService({ dialekt: 'attributes' }),
);
await checkRejected('createPersonaService({ latency })', 'latency', () =>
  createPersonaService({ latency: 5 }),
);
await checkRejected("createPersonaService({ seed: 'none' })", 'seed', () =>
  createPersonaService({ seed: 'none' }),
);
await checkRejected('createPersonaService({ seed: -1 })', 'seed', () => createPersonaService({ seed: -1 }));
await checkRejected("createPersonaService({ cors: { origin: '*' } })", 'cors', () =>
  createPersonaService({ cors: { origin: '*' } }),
);
await checkRejected('createPersonaService({ auth: true })', 'auth', () =>
  createPersonaService({ auth: true }),
);
await checkRejected("createPersonaService({ store: { file: 'x.db' } })", 'store', () =>
  createPersonaService({ store: { file: 'x.db' } }),
);
const { faults } = createPersonaService();
await checkRejected('faults.add(fail({ code: 500 }))', 'code', () => faults.add(fail({ code: 500 })));
await checkRejected('faults.add(fail({ time: 1 }))', 'time', () => faults.add(fail({ time: 1 })));
await checkRejected("faults.add(fail({ path: '/x' }))", 'path', () => faults.add(fail({ path: '/x' })));
await checkRejected("faults.add(stall({ match: { methods: ['GET'] } }))", 'methods', () =>
  faults.add(stall({ match: { methods: ['GET'] } })),
);
await checkRejected('toMswHandlers(service, {})', 'http', () => toMswHandlers(createPersonaService(), {}));
await checkRejected('personaQueries(client, { prefix })', 'prefix', () =>
  personaQueries(client, { prefix: ['ada'] }),
);
await checkRejected("personaQueries(client, { keyPrefix: 'ada' })", 'keyPrefix', () =>
  personaQueries(client, { keyPrefix: 'ada' }),
);
if (personaTelemetry)
  await checkRejected('personaTelemetry({ tracerprovider })', 'tracerprovider', () =>
    personaTelemetry({ tracerprovider: {} }),
  );
finish();
