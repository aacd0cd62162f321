import * as fc from 'fast-check';
import { type CallMeta, type ClientOptions, PersonaClient, PersonaError } from 'persona-client';
import { KEY_SECRET } from '../../../support/cache.js';
import { inVirtualTime } from './clock.js';
import { CountingService } from './service.js';
import { ScheduledStore } from './store.js';

const PERSONAS = 2;
const VIEWS = 2;
const TTL_MS = 100;
const LANDS_MS = 150;

interface CallCommand<Do extends string> {
  readonly do: Do;
  readonly who: number;
  readonly id: number;
  readonly cache: CacheOption;
  /** So many reads at once, which may share a request. */
  readonly times: number;
}
type ReadCommand = CallCommand<'get' | 'list' | 'part'>;
type WriteCommand = CallCommand<'update' | 'updatePart'>;
type Command =
  | ReadCommand
  | WriteCommand
  | { readonly do: 'abort' | 'await'; readonly nth: number }
  | { readonly do: 'pass'; readonly ms: number; readonly arrives: boolean }
  | { readonly do: 'clear'; readonly who: number }
  | { readonly do: 'rest' }
  | { readonly do: 'outage' | 'storeFails'; readonly count: number }
  | { readonly do: 'storeRemembers' | 'storeFallsBack' };
type CacheOption = 'default' | 'reload' | 'no-store' | 'only-if-cached' | 'brief';

export interface Case {
  readonly commands: readonly Command[];
  readonly cache: {
    readonly maxEntries: number;
    readonly maxBytes: number;
    readonly staleWhileRevalidateMs: number;
    readonly staleIfErrorMs: number;
  };
  readonly etags: boolean;
}

/** What is checked, and how often it was. */
export interface Tally {
  schedules: number;
  /** States of personas that were read and compared. */
  reads: number;
  aborted: number;
  readonly operations: Record<string, number>;
  readonly sources: Record<string, number>;
}
export const newTally = (): Tally => ({ schedules: 0, reads: 0, aborted: 0, operations: {}, sources: {} });
const increase = (counts: Record<string, number>, name: string) => {
  counts[name] = (counts[name] ?? 0) + 1;
};

/** More often the first than others, so that calls meet. */
const id = fc.oneof(
  { weight: 2, arbitrary: fc.constant(1) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: PERSONAS }) },
);
const commandOf = (processes: number): fc.Arbitrary<Command> => {
  const who = fc.oneof(
    { weight: 2, arbitrary: fc.nat({ max: processes - 1 }).map((process) => process * VIEWS) },
    { weight: 1, arbitrary: fc.nat({ max: processes * VIEWS - 1 }) },
  );
  const cache = fc.oneof(
    { weight: 6, arbitrary: fc.constant<CacheOption>('default') },
    { weight: 2, arbitrary: fc.constantFrom<CacheOption>('reload', 'no-store', 'only-if-cached', 'brief') },
  );
  const rest = { who, id, cache, times: fc.constantFrom(1, 1, 1, 2, 3) };
  const reads: fc.Arbitrary<ReadCommand> = fc.record({
    do: fc.constantFrom('get', 'get', 'get', 'list', 'part'),
    ...rest,
  });
  const writes: fc.Arbitrary<WriteCommand> = fc.record({
    do: fc.constantFrom('update', 'update', 'updatePart'),
    ...rest,
  });
  return fc.oneof(
    { weight: 6, arbitrary: reads },
    { weight: 4, arbitrary: writes },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('abort' as const), nth: fc.nat({ max: 20 }) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('pass' as const),
        ms: fc.constantFrom(20, TTL_MS, 200),
        arrives: fc.boolean(),
      }),
    },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('rest' as const) }) },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('await' as const), nth: fc.nat({ max: 20 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('clear' as const), who }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('outage' as const), count: fc.integer({ min: 1, max: 3 }) }),
    },
  );
};
const storeTrouble: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ do: fc.constant('storeFails' as const), count: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ do: fc.constantFrom('storeRemembers' as const, 'storeFallsBack' as const) }),
);

export const caseOf = (processes: number, withTrouble: boolean): fc.Arbitrary<Case> =>
  fc.record({
    commands: fc.array(
      withTrouble
        ? fc.oneof({ weight: 4, arbitrary: commandOf(processes) }, { weight: 1, arbitrary: storeTrouble })
        : commandOf(processes),
      { minLength: 6, maxLength: 24, size: 'max' },
    ),
    cache: fc.record({
      maxEntries: fc.constantFrom(1, 3, 100, 100),
      maxBytes: fc.constantFrom(700, 1_000_000, 1_000_000),
      staleWhileRevalidateMs: fc.constantFrom(0, 50),
      staleIfErrorMs: fc.constantFrom(0, 200),
    }),
    etags: fc.boolean(),
  });

/** A write by the client's word and the service's: whether and when it took effect, and when its caller knew. */
interface Write {
  readonly process: number;
  readonly persona: number;
  requestId?: string;
  /** When its call was over; for one in doubt it may take effect later. */
  over: number;
}

/**
 * Run the commands against clients that may share a store, in the order of the scheduler, and compare every read with a register
 * that knows no cache: a read that begins after a write was over, and had taken effect, says at least as much as that write.
 *
 * @throws Error at the first read that says less, more than there was, or something that was read as someone else.
 */
export async function check(
  scheduler: fc.Scheduler,
  given: Case,
  tally: Tally,
  shared?: { readonly processes: number; readonly trusted: boolean },
): Promise<void> {
  await inVirtualTime(async (advance) => {
    let ticks = 0;
    const tick = () => ++ticks;
    const service = new CountingService(scheduler, tick, { etags: given.etags, personas: PERSONAS });
    const store = shared && new ScheduledStore(scheduler);
    const options: ClientOptions = {
      baseUrl: 'http://localhost:1',
      fetch: service.fetch as typeof fetch,
      dialect: 'subresource',
      retry: false,
      breaker: false,
      lateWriteWindowMs: LANDS_MS,
      cache: {
        ttlMs: TTL_MS,
        ...given.cache,
        ...(store && { store, keySecret: KEY_SECRET, storeTimeoutMs: 60_000 }),
      },
    };
    const clients = Array.from({ length: shared?.processes ?? 1 }, () => new PersonaClient(options));
    const views = clients.flatMap((client) =>
      Array.from({ length: VIEWS }, (_, at) => client.as({ token: `t${at}` })),
    );
    const writes: Write[] = [];
    const calls: { readonly end: AbortController; readonly over: Promise<void> }[] = [];

    const least = (persona: number, process: number, begun: number, source: string) =>
      Math.max(
        0,
        ...writes.map((write) => {
          const applied = service.applied.get(write.requestId ?? '');
          if (!applied || write.persona !== persona) return 0;
          if (write.process !== process && shared?.trusted === false) return 0;
          const inDoubt = applied.at > write.over;
          if (inDoubt && (source === 'deduplicated' || write.process !== process)) return 0;
          return Math.max(applied.at, write.over) < begun ? applied.count : 0;
        }),
      );

    const compare = (
      said: string,
      persona: number,
      who: number,
      begun: number,
      { source, ageMs }: CallMeta,
    ) => {
      const [count = '', ...whose] = said.split(' ');
      const process = Math.floor(who / VIEWS);
      const low = least(persona, process, begun, source);
      const high = service.counts[persona - 1] ?? 0;
      const about = `a read of persona ${persona} (${source}, ${ageMs} ms)`;
      if (!(Number(count) >= low && Number(count) <= high))
        throw new Error(`${about} says ${count}, not ${low} to ${high}`);
      if (whose.join(' ') !== `Bearer t${who % VIEWS}`)
        throw new Error(`${about} was answered as ${whose.join(' ')}`);
      if (source === 'cache' && ageMs >= TTL_MS) throw new Error(`${about} is past its time`);
      tally.reads++;
      increase(tally.sources, source);
    };

    const read = async (command: ReadCommand, signal: AbortSignal) => {
      const { who, id: persona } = command;
      const view = views[who] as PersonaClient;
      const cache =
        command.cache === 'brief' ? { ttlMs: 30 } : command.cache === 'default' ? undefined : command.cache;
      const own = { signal, ...(cache && { cache }) };
      const begun = tick();
      if (command.do === 'list') {
        const { data, meta } = await view.withMeta.personas.list({}, own);
        for (const item of data.items) compare(item.name, item.id, who, begun, meta);
        data.items.length = 0;
      } else if (command.do === 'get') {
        const { data, meta } = await view.withMeta.personas.get(persona, own);
        compare(data.name, persona, who, begun, meta);
        data.name = 'spoilt';
      } else {
        const { data, meta } = await view.withMeta.psychographic.get(persona, own);
        compare(`${data.interests?.[0]} ${data.lifestyle}`, persona, who, begun, meta);
        data.interests?.splice(0, 1, 'spoilt');
      }
    };

    const write = async (command: WriteCommand, signal: AbortSignal) => {
      const { who, id: persona } = command;
      const view = views[who] as PersonaClient;
      const own: Write = { process: Math.floor(who / VIEWS), persona, over: Number.POSITIVE_INFINITY };
      writes.push(own);
      try {
        const { meta } = await (command.do === 'update'
          ? view.withMeta.personas.update(persona, { name: 'x' }, { signal })
          : view.withMeta.psychographic.update(persona, { lifestyle: 'x' }, { signal }));
        own.requestId = meta.requestId;
      } catch (error) {
        if (error instanceof PersonaError && error.request) own.requestId = error.request.id;
        throw error;
      } finally {
        own.over = tick();
      }
    };

    /** Nobody's call ends by an abort but that of the one who aborts. */
    const call = (work: (signal: AbortSignal) => Promise<void>) => {
      const end = new AbortController();
      const over = work(end.signal).catch((error: { code?: string }) => {
        if (error.code === 'aborted' && end.signal.aborted) tally.aborted++;
        else if (error.code !== 'server_error' && error.code !== 'not_cached') throw error;
      });
      over.catch(() => {});
      calls.push({ end, over });
    };

    /** Most commands begin something and do not wait for it; `await` waits for one, and `rest` for all that was begun. */
    const begin = async (command: Command): Promise<void> => {
      increase(tally.operations, command.do);
      switch (command.do) {
        case 'abort':
          calls[command.nth % Math.max(1, calls.length)]?.end.abort();
          break;
        case 'await':
          await calls.at(-1 - (command.nth % Math.max(1, calls.length)))?.over.catch(() => {});
          break;
        case 'rest':
          await Promise.allSettled(calls.map(({ over }) => over));
          break;
        case 'pass':
          service.pass(command.ms, LANDS_MS, command.arrives);
          advance(command.ms);
          break;
        case 'clear':
          void views[command.who]?.cache.clear();
          break;
        case 'outage':
          service.failures += command.count;
          break;
        case 'storeFails':
          if (store) store.failures += command.count;
          break;
        case 'storeRemembers':
          store?.remember();
          break;
        case 'storeFallsBack':
          store?.fallBack();
          break;
        case 'update':
        case 'updatePart':
          call((signal) => write(command, signal));
          break;
        default:
          for (let time = 0; time < command.times; time++) call((signal) => read(command, signal));
      }
    };

    try {
      const drive = async () => {
        for (const command of given.commands) {
          await scheduler.schedule(Promise.resolve(), command.do);
          await begin(command);
        }
        await Promise.all(calls.map(({ over }) => over));
      };
      await scheduler.waitFor(drive());
      for (const client of clients) {
        const { entries, bytes } = client.cache.stats();
        if (entries > given.cache.maxEntries || bytes > given.cache.maxBytes)
          throw new Error(`${entries} entries of ${bytes} bytes are too many`);
      }
      tally.schedules++;
    } finally {
      for (const client of clients) client.close();
    }
  });
}
