/** A child process that reads and writes personas through a shared store. Started by processes.test.ts. */
import { writeFileSync } from 'node:fs';
import KeyvRedis from '@keyv/redis';
import * as fc from 'fast-check';
import { Keyv } from 'keyv';
import { PersonaClient } from 'persona-client';
import { KEY_SECRET } from '../../support/cache.js';

export interface Job {
  readonly service: string;
  readonly redis: string;
  readonly file: string;
  readonly operations: number;
  readonly personas: number;
  readonly seed: number;
  readonly storeTimeoutMs: number;
}
/** A read or a write of a persona. Times are in microseconds of the machine's monotonic clock. */
export type LogEntry = readonly [
  kind: 'r' | 'w',
  persona: number,
  startedAt: number,
  endedAt: number,
  updatedAt: string,
];
export interface WorkerReport {
  readonly entries: readonly LogEntry[];
  readonly failures: readonly string[];
  /** When the store became unavailable (`false`) or available. */
  readonly events: readonly (readonly [ok: boolean, at: number])[];
  readonly sources: Readonly<Record<string, number>>;
}

const CONCURRENCY = 16;
const nowMicros = () => Number(process.hrtime.bigint() / 1_000n); // comparable between processes

async function runJob({
  service,
  redis,
  file,
  operations,
  personas,
  seed,
  storeTimeoutMs,
}: Job): Promise<void> {
  const store = new Keyv(new KeyvRedis(redis));
  store.on('error', () => {});
  const client = new PersonaClient({
    baseUrl: service,
    dialect: 'attributes',
    cache: { store, keySecret: KEY_SECRET, storeTimeoutMs },
  });
  const entries: LogEntry[] = [];
  const failures: string[] = [];
  const events: [boolean, number][] = [];
  const sources: Record<string, number> = {};
  client.on('cacheStore', ({ ok }) => events.push([ok, nowMicros()]));
  const random = fc.sample(fc.tuple(fc.nat({ max: 99 }), fc.nat({ max: personas - 1 })), {
    numRuns: operations,
    seed,
  });
  let next = 0;
  const runOperations = async () => {
    for (;;) {
      const operation = random[next++];
      if (operation === undefined) return;
      if (next % 500 === 0) process.send?.(next);
      const [dice, index] = operation;
      const id = 1 + Math.floor(index ** 2 / personas); // prefers low ids
      const startedAt = nowMicros();
      try {
        if (dice < 10) {
          const { updated_at } = await client.personas.update(id, { name: `Persona ${next}` });
          entries.push(['w', id, startedAt, nowMicros(), updated_at]);
        } else if (dice < 15) {
          const { data, meta } = await client.withMeta.personas.list({ page: 1 + (index % 5), perPage: 20 });
          const endedAt = nowMicros();
          for (const item of data.items) entries.push(['r', item.id, startedAt, endedAt, item.updated_at]);
          sources[meta.source] = (sources[meta.source] ?? 0) + 1;
        } else {
          const { data, meta } = await client.withMeta.personas.get(id);
          entries.push(['r', id, startedAt, nowMicros(), data.updated_at]);
          sources[meta.source] = (sources[meta.source] ?? 0) + 1;
        }
      } catch (error) {
        failures.push(String(error));
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, runOperations));
  client.close();
  writeFileSync(file, JSON.stringify({ entries, failures, events, sources } satisfies WorkerReport));
}

process.once('message', (job: Job) => {
  runJob(job).then(
    () => process.exit(0),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
