/**
 * A bulk create in a page: `?service=<url>&count=<number>&pauseAfter=<number>`. Pauses after `pauseAfter` items, so that the test can kill it.
 * Stores the result in `outcome`.
 */
import { PersonaClient } from 'persona-client';
import { indexedDbJournal } from 'persona-client/browser';
import { createMany, type RunSummary } from 'persona-client/collections';
import { rows, yieldThenWait } from './rows.js';

declare global {
  var outcome: RunSummary | string | undefined;
}

const query = new URLSearchParams(location.search);
const client = new PersonaClient({ baseUrl: query.get('service') ?? '', breaker: false });
const never = () => new Promise(() => {});
const items = yieldThenWait(rows(Number(query.get('count'))), Number(query.get('pauseAfter')), never);
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
