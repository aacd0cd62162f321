/** One of several processes that read and write the same personas through a store they share. Started by processes.test.ts. */
import { writeFileSync } from 'node:fs';
import KeyvRedis from '@keyv/redis';
import * as fc from 'fast-check';
import { Keyv } from 'keyv';
import { PersonaClient } from 'persona-client';

export interface Job {
  readonly service: string;
  readonly redis: string;
  readonly file: string;
  readonly operations: number;
  readonly personas: number;
  readonly seed: number;
  readonly storeTimeoutMs: number;
}
/** A read or a write: of whom, from when to when on the machine's clock, and which state of the persona it was. */
export type Entry = readonly [
  what: 'r' | 'w',
  persona: number,
  begun: number,
  over: number,
  updatedAt: string,
];
export interface Report {
  readonly entries: readonly Entry[];
  readonly failures: readonly string[];
  /** The store was given up (`false`) or back, and when. */
  readonly events: readonly (readonly [ok: boolean, at: number])[];
  readonly sources: Readonly<Record<string, number>>;
}

const AT_A_TIME = 16;
const now = () => Number(process.hrtime.bigint() / 1_000n); // the same for all processes of a machine

async function work({
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
    cache: { store, keySecret: 'a secret of sixteen or more', storeTimeoutMs },
  });
  const entries: Entry[] = [];
  const failures: string[] = [];
  const events: [boolean, number][] = [];
  const sources: Record<string, number> = {};
  client.on('cacheStore', ({ ok }) => events.push([ok, now()]));
  const random = fc.sample(fc.tuple(fc.nat({ max: 99 }), fc.nat({ max: personas - 1 })), {
    numRuns: operations,
    seed,
  });
  let next = 0;
  const one = async () => {
    for (;;) {
      const drawn = random[next++];
      if (drawn === undefined) return;
      if (next % 500 === 0) process.send?.(next);
      const [dice, index] = drawn;
      const id = 1 + Math.floor(index ** 2 / personas); // some are asked for more than others
      const begun = now();
      try {
        if (dice < 10) {
          const { updated_at } = await client.personas.update(id, { name: `Persona ${next}` });
          entries.push(['w', id, begun, now(), updated_at]);
        } else if (dice < 15) {
          const { data, meta } = await client.withMeta.personas.list({ page: 1 + (index % 5), perPage: 20 });
          const over = now();
          for (const item of data.items) entries.push(['r', item.id, begun, over, item.updated_at]);
          sources[meta.source] = (sources[meta.source] ?? 0) + 1;
        } else {
          const { data, meta } = await client.withMeta.personas.get(id);
          entries.push(['r', id, begun, now(), data.updated_at]);
          sources[meta.source] = (sources[meta.source] ?? 0) + 1;
        }
      } catch (error) {
        failures.push(String(error));
      }
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, one));
  client.close();
  writeFileSync(file, JSON.stringify({ entries, failures, events, sources } satisfies Report));
}

process.once('message', (job: Job) => {
  work(job).then(
    () => process.exit(0),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
