import type * as fc from 'fast-check';
import { type CallMeta, type ClientOptions, PersonaClient, PersonaError } from 'persona-client';
import { KEY_SECRET } from '../../../support/cache.js';
import { CountingService } from './counting-service.js';
import {
  type Command,
  PERSONA_COUNT,
  type ReadCommand,
  type Scenario,
  TTL_MS,
  VIEWS,
  type WriteCommand,
} from './scenario.js';
import { ScheduledStore } from './scheduled-store.js';
import { withVirtualClock } from './virtual-clock.js';

const LATE_WRITE_WINDOW_MS = 150;

/** Counts of what was checked. */
export interface Tally {
  schedules: number;
  /** Persona states that were read and compared. */
  reads: number;
  aborted: number;
  readonly operations: Record<string, number>;
  readonly sources: Record<string, number>;
}
export const createTally = (): Tally => ({ schedules: 0, reads: 0, aborted: 0, operations: {}, sources: {} });
const increment = (counts: Record<string, number>, name: string) => {
  counts[name] = (counts[name] ?? 0) + 1;
};

/** Processes that share a store. */
export interface SharedSetup {
  readonly processes: number;
  /** False if the store may fail or roll back: a process then may miss the writes of others. */
  readonly isStoreReliable: boolean;
}

interface Write {
  readonly process: number;
  readonly persona: number;
  requestId?: string;
  /** When the call ended. A lost write may be applied later. */
  endedAt: number;
}

/**
 * Runs the commands in the order of the scheduler, and compares every read with a model without a cache.
 *
 * A read that starts after a write was applied and acknowledged must show at least that write.
 *
 * @throws {Error} at the first read that shows too few or too many writes, or that was made with another token.
 */
export async function checkScenario(
  scheduler: fc.Scheduler,
  scenario: Scenario,
  tally: Tally,
  shared?: SharedSetup,
): Promise<void> {
  await withVirtualClock(async (advanceClock) => {
    let ticks = 0;
    const tick = () => ++ticks;
    const service = new CountingService(scheduler, tick, { etags: scenario.etags, personas: PERSONA_COUNT });
    const store = shared && new ScheduledStore(scheduler);
    const options: ClientOptions = {
      baseUrl: 'http://localhost:1',
      fetch: service.fetch as typeof fetch,
      dialect: 'subresource',
      retry: false,
      breaker: false,
      lateWriteWindowMs: LATE_WRITE_WINDOW_MS,
      cache: {
        ttlMs: TTL_MS,
        ...scenario.cache,
        ...(store && { store, keySecret: KEY_SECRET, storeTimeoutMs: 60_000 }),
      },
    };
    const clients = Array.from({ length: shared?.processes ?? 1 }, () => new PersonaClient(options));
    const views = clients.flatMap((client) =>
      Array.from({ length: VIEWS }, (_, index) => client.as({ token: `t${index}` })),
    );
    const writes: Write[] = [];
    const calls: { readonly controller: AbortController; readonly done: Promise<void> }[] = [];

    const minimumCount = (persona: number, process: number, startedAt: number, source: string) =>
      Math.max(
        0,
        ...writes.map((write) => {
          const applied = service.applied.get(write.requestId ?? '');
          if (!applied || write.persona !== persona) return 0;
          if (write.process !== process && shared?.isStoreReliable === false) return 0;
          const wasLost = applied.tick > write.endedAt;
          if (wasLost && (source === 'deduplicated' || write.process !== process)) return 0;
          return Math.max(applied.tick, write.endedAt) < startedAt ? applied.count : 0;
        }),
      );

    const compare = (
      value: string,
      persona: number,
      view: number,
      startedAt: number,
      { source, ageMs }: CallMeta,
    ) => {
      const [count = '', ...authorization] = value.split(' ');
      const process = Math.floor(view / VIEWS);
      const minimum = minimumCount(persona, process, startedAt, source);
      const maximum = service.counts[persona - 1] ?? 0;
      const read = `a read of persona ${persona} (${source}, ${ageMs} ms)`;
      if (!(Number(count) >= minimum && Number(count) <= maximum))
        throw new Error(`${read} returned ${count}, expected ${minimum} to ${maximum}`);
      if (authorization.join(' ') !== `Bearer t${view % VIEWS}`)
        throw new Error(`${read} returned data for ${authorization.join(' ')}`);
      if (source === 'cache' && ageMs >= TTL_MS) throw new Error(`${read} is past its TTL`);
      tally.reads++;
      increment(tally.sources, source);
    };

    /** Compares the result, then modifies it: the cache must not return a modified object. */
    const read = async ({ type, view, id, cache: cacheOption }: ReadCommand, signal: AbortSignal) => {
      const { withMeta } = views[view] as PersonaClient;
      const cache =
        cacheOption === 'short-ttl' ? { ttlMs: 30 } : cacheOption === 'default' ? undefined : cacheOption;
      const requestOptions = { signal, ...(cache && { cache }) };
      const startedAt = tick();
      if (type === 'list') {
        const { data, meta } = await withMeta.personas.list({}, requestOptions);
        for (const item of data.items) compare(item.name, item.id, view, startedAt, meta);
        data.items.length = 0;
      } else if (type === 'get') {
        const { data, meta } = await withMeta.personas.get(id, requestOptions);
        compare(data.name, id, view, startedAt, meta);
        data.name = 'modified';
      } else {
        const { data, meta } = await withMeta.psychographic.get(id, requestOptions);
        compare(`${data.interests?.[0]} ${data.lifestyle}`, id, view, startedAt, meta);
        data.interests?.splice(0, 1, 'modified');
      }
    };

    const write = async ({ type, view, id }: WriteCommand, signal: AbortSignal) => {
      const { withMeta } = views[view] as PersonaClient;
      const record: Write = {
        process: Math.floor(view / VIEWS),
        persona: id,
        endedAt: Number.POSITIVE_INFINITY,
      };
      writes.push(record);
      try {
        const { meta } = await (type === 'update'
          ? withMeta.personas.update(id, { name: 'x' }, { signal })
          : withMeta.psychographic.update(id, { lifestyle: 'x' }, { signal }));
        record.requestId = meta.requestId;
      } catch (error) {
        if (error instanceof PersonaError && error.request) record.requestId = error.request.id;
        throw error;
      } finally {
        record.endedAt = tick();
      }
    };

    /** Starts a call. Only its own abort may end it with code `aborted`. */
    const startCall = (work: (signal: AbortSignal) => Promise<void>) => {
      const controller = new AbortController();
      const done = work(controller.signal).catch((error: { code?: string }) => {
        if (error.code === 'aborted' && controller.signal.aborted) tally.aborted++;
        else if (error.code !== 'server_error' && error.code !== 'not_cached') throw error;
      });
      done.catch(() => {});
      calls.push({ controller, done });
    };

    /** Runs a command. Only `await` and `awaitAll` wait for calls. */
    const runCommand = async (command: Command): Promise<void> => {
      increment(tally.operations, command.type);
      switch (command.type) {
        case 'abort':
          calls[command.nth % Math.max(1, calls.length)]?.controller.abort();
          break;
        case 'await':
          await calls.at(-1 - (command.nth % Math.max(1, calls.length)))?.done.catch(() => {});
          break;
        case 'awaitAll':
          await Promise.allSettled(calls.map(({ done }) => done));
          break;
        case 'advance':
          service.advance(command.ms, LATE_WRITE_WINDOW_MS, command.lateArrival);
          advanceClock(command.ms);
          break;
        case 'clear':
          void views[command.view]?.cache.clear();
          break;
        case 'failRequests':
          service.failures += command.count;
          break;
        case 'failStore':
          if (store) store.failures += command.count;
          break;
        case 'snapshotStore':
          store?.takeSnapshot();
          break;
        case 'rollBackStore':
          store?.rollBack();
          break;
        case 'update':
        case 'updateCategory':
          startCall((signal) => write(command, signal));
          break;
        default:
          for (let time = 0; time < command.times; time++) startCall((signal) => read(command, signal));
      }
    };

    try {
      const runAll = async () => {
        for (const command of scenario.commands) {
          await scheduler.schedule(Promise.resolve(), command.type);
          await runCommand(command);
        }
        await Promise.all(calls.map(({ done }) => done));
      };
      await scheduler.waitFor(runAll());
      for (const client of clients) {
        const { entries, bytes } = client.cache.stats();
        if (entries > scenario.cache.maxEntries || bytes > scenario.cache.maxBytes)
          throw new Error(`the cache exceeds its limits with ${entries} entries of ${bytes} bytes`);
      }
      tally.schedules++;
    } finally {
      for (const client of clients) client.close();
    }
  });
}
