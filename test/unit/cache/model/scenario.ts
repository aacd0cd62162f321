import * as fc from 'fast-check';

export const PERSONA_COUNT = 2;
/** Views per process. */
export const VIEWS = 2;
export const TTL_MS = 100;

interface CallCommand<Type extends string> {
  readonly type: Type;
  /** Index among the views of all processes. */
  readonly view: number;
  readonly id: number;
  readonly cache: CacheOption;
  /** How many equal reads start together. */
  readonly times: number;
}
export type ReadCommand = CallCommand<'get' | 'list' | 'getCategory'>;
export type WriteCommand = CallCommand<'update' | 'updateCategory'>;
export type Command =
  | ReadCommand
  | WriteCommand
  /** `nth` chooses a call: for `abort` from the first, for `await` from the latest. */
  | { readonly type: 'abort' | 'await'; readonly nth: number }
  | { readonly type: 'awaitAll' }
  /** `lateArrival`: whether abandoned requests arrive at the end of the late-write window. */
  | { readonly type: 'advance'; readonly ms: number; readonly lateArrival: boolean }
  | { readonly type: 'clear'; readonly view: number }
  | { readonly type: 'failRequests' | 'failStore'; readonly count: number }
  | { readonly type: 'snapshotStore' | 'rollBackStore' };
type CacheOption = 'default' | 'reload' | 'no-store' | 'only-if-cached' | 'short-ttl';

/** Commands for the clients, and the cache options that they run with. */
export interface Scenario {
  readonly commands: readonly Command[];
  readonly cache: {
    readonly maxEntries: number;
    readonly maxBytes: number;
    readonly staleWhileRevalidateMs: number;
    readonly staleIfErrorMs: number;
  };
  readonly etags: boolean;
}

/** Prefers the first persona, so that calls overlap. */
const anyId = fc.oneof(
  { weight: 2, arbitrary: fc.constant(1) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: PERSONA_COUNT }) },
);

const command = (processes: number): fc.Arbitrary<Command> => {
  const view = fc.oneof(
    { weight: 2, arbitrary: fc.nat({ max: processes - 1 }).map((process) => process * VIEWS) },
    { weight: 1, arbitrary: fc.nat({ max: processes * VIEWS - 1 }) },
  );
  const cache = fc.oneof(
    { weight: 6, arbitrary: fc.constant<CacheOption>('default') },
    {
      weight: 2,
      arbitrary: fc.constantFrom<CacheOption>('reload', 'no-store', 'only-if-cached', 'short-ttl'),
    },
  );
  const callFields = { view, id: anyId, cache, times: fc.constantFrom(1, 1, 1, 2, 3) };
  const reads: fc.Arbitrary<ReadCommand> = fc.record({
    type: fc.constantFrom('get', 'get', 'get', 'list', 'getCategory'),
    ...callFields,
  });
  const writes: fc.Arbitrary<WriteCommand> = fc.record({
    type: fc.constantFrom('update', 'update', 'updateCategory'),
    ...callFields,
  });
  return fc.oneof(
    { weight: 6, arbitrary: reads },
    { weight: 4, arbitrary: writes },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('abort' as const), nth: fc.nat({ max: 20 }) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        type: fc.constant('advance' as const),
        ms: fc.constantFrom(20, TTL_MS, 200),
        lateArrival: fc.boolean(),
      }),
    },
    { weight: 4, arbitrary: fc.record({ type: fc.constant('awaitAll' as const) }) },
    { weight: 6, arbitrary: fc.record({ type: fc.constant('await' as const), nth: fc.nat({ max: 20 }) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('clear' as const), view }) },
    {
      weight: 1,
      arbitrary: fc.record({
        type: fc.constant('failRequests' as const),
        count: fc.integer({ min: 1, max: 3 }),
      }),
    },
  );
};

const storeFailure: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ type: fc.constant('failStore' as const), count: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ type: fc.constantFrom('snapshotStore' as const, 'rollBackStore' as const) }),
);

/** Random scenarios for a number of processes, with or without failures of their store. */
export const arbitraryScenario = (processes: number, withStoreFailures: boolean): fc.Arbitrary<Scenario> =>
  fc.record({
    commands: fc.array(
      withStoreFailures
        ? fc.oneof({ weight: 4, arbitrary: command(processes) }, { weight: 1, arbitrary: storeFailure })
        : command(processes),
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
