// A service stores a persona with `behavioral` and then fails to write its response: 500. Its lists omit that row, but `total` counts it.
// With onUnknownOutcome: 'reconcile' or a journal, the client searches for the persona, does not find it, and creates it again.
// One create stores 4 rows, one item of createMany 10, and the summary says "failed".
// A page with fewer rows than `total` implies proves nothing, so such a search is inconclusive. If a repeated create has an unknown
// outcome, too, the client should stop.
import { join } from 'node:path';
import { check, createTempFolder, finish, load, setTimeLimitSeconds, settle } from '../lib.mjs';
import { startStubPersonaService } from './_service.mjs';

setTimeLimitSeconds(58);
const { PersonaClient } = await load();
const { createMany } = await load('collections.js');
const { fileJournal } = await load('node.js');
const isHidden = (row) => row.behavioral != null;
const behavioral = { device_usage: { mobile: '1' } };
const run = async (scenario, dialect, createPersonas) => {
  const service = await startStubPersonaService({ dialect, unreadable: isHidden });
  const client = new PersonaClient({
    baseUrl: service.url,
    breaker: false,
    retry: { limit: 3, backoffMs: 20 },
    lateWriteWindowMs: 200,
  });
  await client.personas.list();
  const items = await createPersonas(client);
  check(
    `${scenario}: one row per item`,
    service.rows.size <= items,
    `${service.rows.size} rows for ${items} item(s)`,
    items,
  );
  client.close();
  service.close();
};
await Promise.all(
  ['subresource', 'attributes'].flatMap((dialect) => [
    run(`${dialect}: create with onUnknownOutcome: 'reconcile'`, dialect, async (client) => {
      await settle(client.personas.create({ name: 'C', behavioral }, { onUnknownOutcome: 'reconcile' }));
      return 1;
    }),
    run(`${dialect}: createMany with onUnknownOutcome: 'reconcile'`, dialect, async (client) => {
      await settle(
        createMany(
          client,
          [0, 1].map((i) => ({ name: `b${i}`, behavioral })),
          { onUnknownOutcome: 'reconcile', lateWriteWindowMs: 200 },
        ).finish(),
      );
      return 2;
    }),
    run(`${dialect}: createMany with a journal`, dialect, async (client) => {
      await settle(
        createMany(client, [{ name: 'j', behavioral }], {
          journal: fileJournal(join(createTempFolder(), 'j')),
          lateWriteWindowMs: 200,
        }).finish(),
      );
      return 1;
    }),
  ]),
);
finish();
