/** One of several processes that share a Redis: what it is told by message it does, and answers what came of it. */
import KeyvRedis from '@keyv/redis';
import { Keyv } from 'keyv';
import { PersonaClient } from 'persona-client';

export interface Settings {
  readonly service: string;
  readonly redis: string;
  readonly keySecret: string;
}
export type Order =
  | { readonly do: 'read' | 'look'; readonly id: number }
  | { readonly do: 'rename'; readonly id: number; readonly name: string };
export type Said =
  | { readonly name: string; readonly source: string }
  | { readonly failed: string }
  | { readonly store: 'given up' | 'back' };

const { service, redis, keySecret } = JSON.parse(process.argv[2] ?? '{}') as Settings;

const store = new Keyv(new KeyvRedis(redis));
store.on('error', () => {}); // the client says what there is to say: cacheStore

const client = new PersonaClient({ baseUrl: service, cache: { store, keySecret, storeTimeoutMs: 2_000 } });
const tell = (said: Said) => process.send?.(said);
client.on('cacheStore', ({ ok }) => tell({ store: ok ? 'back' : 'given up' }));

const calls = client.withMeta.personas;
const carryOut = (order: Order) =>
  order.do === 'rename'
    ? calls.update(order.id, { name: order.name })
    : calls.get(order.id, order.do === 'look' ? { cache: 'only-if-cached' } : {});

process.on('message', (order: Order) => {
  carryOut(order).then(
    ({ data, meta }) => tell({ name: data.name, source: meta.source }),
    (error: Error) => tell({ failed: `${error.name}: ${error.message}` }),
  );
});
process.once('disconnect', () => process.exit());
