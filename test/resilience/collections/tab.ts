/**
 * A run in a page, there to be killed: `?service=<url>&count=<number>&reach=<number>`: it waits after so many items. Leaves how it
 * ended in `outcome`.
 */
import { PersonaClient } from 'persona-client';
import { indexedDbJournal } from 'persona-client/browser';
import { createMany, type RunSummary } from 'persona-client/collections';
import { rows, withheld } from './rows.js';

declare global {
  var outcome: RunSummary | string | undefined;
}

const query = new URLSearchParams(location.search);
const client = new PersonaClient({ baseUrl: query.get('service') ?? '', breaker: false });
const never = () => new Promise(() => {});
const items = withheld(rows(Number(query.get('count'))), Number(query.get('reach')), never);
const run = createMany(client, items, {
  journal: indexedDbJournal('import'),
  concurrency: 16,
  lateWriteWindowMs: 1_000,
});
run.finish().then(
  (summary) => {
    globalThis.outcome = summary;
  },
  (error: unknown) => {
    globalThis.outcome = String(error);
  },
);
