// A laptop sleeps for eight hours. On Linux and macOS performance.now() stops during sleep, and the wall clock does not.
// The case emulates this: Date.now() jumps ahead. With a ttlMs of one minute, the client still serves the old persona as fresh.
// The age of a cached entry should be the larger of both clocks' values. A wall clock set forward then costs one request.
import {
  check,
  checkEqual,
  createPersona,
  finish,
  load,
  setTimeLimitSeconds,
  startStubService,
} from '../lib.mjs';

setTimeLimitSeconds(20);
const { PersonaClient } = await load();
const realNow = Date.now;
let sleptMs = 0;
Date.now = () => realNow() + sleptMs;
let name = 'old';
const service = await startStubService(() => ({ body: createPersona(1, { name }) }));
const client = new PersonaClient({ baseUrl: service.url, dialect: 'subresource', cache: { ttlMs: 60_000 } });
await client.personas.get(1);
name = 'changed';
checkEqual(
  'before the sleep: reads from the cache (control)',
  (await client.withMeta.personas.get(1)).meta.source,
  'cache',
);
sleptMs = 8 * 3_600_000;
const { data, meta } = await client.withMeta.personas.get(1);
check(
  'after eight hours of sleep: reads from the service',
  data.name === 'changed',
  `"${data.name}" from the ${meta.source}, ageMs ${Math.round(meta.ageMs)}`,
  '"changed" from the network',
);
finish();
