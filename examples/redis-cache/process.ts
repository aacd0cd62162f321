/** A child process with its own client and a cache in Redis. Runs commands from messages, and replies to each. */
import KeyvRedis from '@keyv/redis';
import { Keyv } from 'keyv';
import { PersonaClient } from 'persona-client';

export interface Settings {
  readonly service: string;
  readonly redis: string;
  readonly keySecret: string;
}
/** `readCached` sends no request to the service. */
export type Command =
  | { readonly type: 'read' | 'readCached'; readonly id: number }
  | { readonly type: 'rename'; readonly id: number; readonly name: string };
export type Reply = { readonly name: string; readonly source: string } | { readonly error: string };
export type Message = Reply | { readonly store: 'available' | 'unavailable' };

const { service, redis, keySecret } = JSON.parse(process.argv[2] ?? '{}') as Settings;

const store = new Keyv(new KeyvRedis(redis));
store.on('error', () => {}); // the client emits `cacheStore`

const client = new PersonaClient({ baseUrl: service, cache: { store, keySecret, storeTimeoutMs: 2_000 } });
const send = (message: Message) => process.send?.(message);
client.on('cacheStore', ({ ok }) => send({ store: ok ? 'available' : 'unavailable' }));

const { personas } = client.withMeta;
const run = (command: Command) =>
  command.type === 'rename'
    ? personas.update(command.id, { name: command.name })
    : personas.get(command.id, command.type === 'readCached' ? { cache: 'only-if-cached' } : {});

process.on('message', (command: Command) => {
  run(command).then(
    ({ data, meta }) => send({ name: data.name, source: meta.source }),
    (error: Error) => send({ error: `${error.name}: ${error.message}` }),
  );
});
process.once('disconnect', () => process.exit());
