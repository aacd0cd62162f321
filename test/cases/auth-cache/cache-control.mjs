// The service limits how long its responses may be cached: no-cache, max-age=0, Expires: 0, Vary: *.
// The client follows only no-store, and serves everything else as fresh for five minutes. The docs do not mention this.
// The cache should follow RFC 9111, or the docs should list what it ignores. `x-no-store-here` is not no-store.
import { checkEqual, createPersona, finish, load, setTimeLimitSeconds, startStubService } from '../lib.mjs';

setTimeLimitSeconds(20);
const { PersonaClient } = await load();
for (const [header, value, expected] of [
  ['cache-control', 'no-store', 'network'],
  ['cache-control', 'max-age=3600', 'cache'],
  ['cache-control', 'no-cache', 'network'],
  ['cache-control', 'max-age=0, must-revalidate', 'network'],
  ['cache-control', 'private, max-age=0', 'network'],
  ['expires', '0', 'network'],
  ['vary', '*', 'network'],
  ['cache-control', 'x-no-store-here', 'cache'],
]) {
  const service = await startStubService(() => ({ headers: { [header]: value }, body: createPersona(1) }));
  const client = new PersonaClient({ baseUrl: service.url, dialect: 'subresource' });
  await client.personas.get(1);
  checkEqual(
    `${header}: ${value}; source of the second read`,
    (await client.withMeta.personas.get(1)).meta.source,
    expected,
  );
  client.close();
  service.close();
}
finish();
