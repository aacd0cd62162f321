// A service omits rows that it cannot serialize from its pages, but `total` counts them: 10 personas, 6 are returned.
// `export` writes 6 with "complete": true and exits with 0. `purge` reports complete and leaves 4. iterate and toArray report nothing.
// A page shorter than total, page and per_page imply is not complete. export should exit with 3, and purge should not say complete.
import { join } from 'node:path';
import { check, createTempFolder, finish, load, runCliAsync, setTimeLimitSeconds, settle } from '../lib.mjs';
import { startStubPersonaService } from './_service.mjs';

setTimeLimitSeconds(40);
const { PersonaClient } = await load();
const service = await startStubPersonaService({
  dialect: 'subresource',
  unreadable: (r) => r.name.startsWith('hidden'),
});
for (let i = 0; i < 10; i++) service.add({ name: i % 5 < 3 ? `P${i}` : `hidden ${i}` });
const client = new PersonaClient({ baseUrl: service.url });
const iterator = client.personas.iterate({ perPage: 3 });
let seenCount = 0;
for await (const _ of iterator) seenCount++;
check(
  `iterate yields ${seenCount} of 10: not complete`,
  iterator.report.complete === false,
  `complete: ${iterator.report.complete}`,
  'complete: false',
);
const array = await settle(client.personas.toArray());
check('toArray rejects', array.error !== undefined, `${array.value?.length} of 10, no error`, 'an error');
const cwd = createTempFolder();
const exportResult = await runCliAsync(service.url, ['export', join(cwd, 'x.ndjson'), '--json'], {
  timeout: 20_000,
});
check(
  'export: exit 3, not complete',
  exportResult.status === 3 && !/"complete":true/.test(exportResult.stdout),
  `exit ${exportResult.status} ${exportResult.stdout.trim()}`,
  'exit 3, "complete":false',
);
const purgeResult = await runCliAsync(
  service.url,
  ['purge', '--older-than', '2099-01-01', '--dry-run', '--json'],
  { timeout: 20_000 },
);
check(
  'purge --dry-run: not complete',
  !/"complete":true/.test(purgeResult.stdout),
  purgeResult.stdout.trim().slice(0, 160),
  '"complete":false',
);
finish();
