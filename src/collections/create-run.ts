import { bindGenerator } from '../core/bind-generator.js';
import type { BulkOperation, ClosableClient } from './operation.js';
import type { ResolvedRunOptions } from './resolve-options.js';
import { BulkRun } from './run.js';
import type { CollectionRun, InvalidItem, Items } from './types.js';

/** Creates a run. It starts when the caller requests the first result. */
export function createRun<Item, Value>(
  client: ClosableClient,
  operation: BulkOperation<Item, Value>,
  items: Items<Item | InvalidItem>,
  options: ResolvedRunOptions,
): CollectionRun<Item | InvalidItem, Value> {
  const run = new BulkRun(client, operation, items, options);
  const results = run.results();
  return bindGenerator(results, {
    summary: run.summary,
    finish: async () => {
      for await (const _ of results);
      return run.summary;
    },
  });
}
