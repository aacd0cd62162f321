// A purge of 500 old personas reads a list whose third page is empty.
// The report says scanned: 400 and complete: true. As proof of deletion it is wrong by 100 personas.
// It should say complete: false, because the service's own total shows that rows are missing.
import {
  check,
  createPage,
  createPersona,
  finish,
  load,
  setTimeLimitSeconds,
  startStubService,
} from '../lib.mjs';

setTimeLimitSeconds(40);
const { PersonaClient } = await load();
const { createPrivacy } = await load('collections.js');
const rows = Array.from({ length: 500 }, (_, i) =>
  createPersona(i + 1, { updated_at: '2019-01-01T00:00:00' }),
);
const service = await startStubService(({ query }) => {
  const body = createPage(rows, query);
  return { body: query.get('page') === '3' ? { ...body, personas: [] } : body };
});
const report = await createPrivacy(new PersonaClient({ baseUrl: service.url, dialect: 'subresource' })).purge(
  {
    olderThan: new Date('2020-01-01'),
    dryRun: true,
  },
);
check(
  'a dry run over 500 old personas, one page is empty',
  report.scanned === 500 || report.complete === false,
  `scanned ${report.scanned}, complete: ${report.complete}`,
  'complete: false',
);
finish();
