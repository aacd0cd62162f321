// A service of the dialect `subresource` returns list columns as the characters of their JSON text from create, update and list:
// ["ab"] becomes ["[","\"","a",...]. Only GET is correct. The client caches the wrong responses and serves them to later reads.
// After read, add one, write back, the service stores the characters for good. The client should decode such lists
// (single characters that join to a JSON array), or not cache categories of write and list responses of that dialect.
import { checkEqual, finish, load, setTimeLimitSeconds } from '../lib.mjs';
import { startStubPersonaService } from './_service.mjs';

setTimeLimitSeconds(20);
const { PersonaClient } = await load();
const service = await startStubPersonaService({ dialect: 'subresource', lists: 'characters' });
const client = new PersonaClient({ baseUrl: service.url });
const { id } = await client.personas.create({ name: 'A', psychographic: { interests: ['ab', 'cd'] } });
checkEqual('get after create', (await client.personas.get(id)).psychographic.interests, ['ab', 'cd']);
checkEqual(
  'get without the cache (control)',
  (await client.personas.get(id, { cache: 'reload' })).psychographic.interests,
  ['ab', 'cd'],
);
await client.personas.list();
checkEqual('get after a list', (await client.personas.get(id)).psychographic.interests, ['ab', 'cd']);
await client.psychographic.update(id, { lifestyle: 'calm' });
const read = await client.psychographic.get(id);
await client.psychographic.update(id, { interests: [...read.interests, 'ef'] });
checkEqual('read, add one, write back: the service stores', service.rows.get(id).psychographic.interests, [
  'ab',
  'cd',
  'ef',
]);
finish();
