import type { CacheTags, Endpoint } from '../pipeline/endpoint.js';
import { once } from '../schemas/once.js';

/** The descriptor of an endpoint whose responses are not cached, without its name. */
export interface EndpointDefinition<Input, Wire, Result>
  extends Omit<Endpoint<Input, Wire, Result>, 'name' | 'cacheTags'> {}

/** The descriptor of a cached read, without its name. */
export interface CachedReadDefinition<Input, Wire, Result> extends EndpointDefinition<Input, Wire, Result> {
  readonly cacheTags: CacheTags<Input>;
}

/** An endpoint descriptor that is created on first use. */
export interface LazyEndpoint<Name extends string, IsCached extends boolean, Input, Wire, Result> {
  (): Endpoint<Input, Wire, Result>;
  /** The descriptor's name, available before the descriptor is created. */
  readonly operation: Name;
  /** Whether the descriptor has `cacheTags`. */
  readonly isCached: IsCached;
}

/** An endpoint in a list of endpoints, without the types of its input and result. */
export interface ListedEndpoint<Name extends string = string, IsCached extends boolean = boolean> {
  (): Readonly<Record<'name', string> & Partial<Record<'internal' | 'cacheTags' | 'visitData', unknown>>>;
  readonly operation: Name;
  readonly isCached: IsCached;
}

/** Lists endpoints. The type of the list keeps only `operation` and `isCached`, so type declarations stay short. */
export const listEndpoints = <const List extends readonly ListedEndpoint[]>(
  ...endpoints: List
): ReducedList<List> => endpoints as ReducedList<List>;

type ReducedList<List extends readonly ListedEndpoint[]> = {
  readonly [Index in keyof List]: Reduced<List[Index]>;
};

/** Distributes over unions, so that each name keeps its own `isCached`. */
type Reduced<Item> =
  Item extends ListedEndpoint<infer Name, infer IsCached> ? ListedEndpoint<Name, IsCached> : never;

/**
 * Defines a public endpoint. List it in `ENDPOINTS`, from which `operations.ts` derives the operation names.
 *
 * `define` runs on first use. Creating all zod schemas while loading would double the loading time.
 */
export const defineEndpoint = <Name extends string, Input, Wire, Result>(
  name: Name,
  define: () => EndpointDefinition<Input, Wire, Result>,
): LazyEndpoint<Name, false, Input, Wire, Result> => lazyEndpoint(name, false, define);

/** Defines a public read whose responses are cached. */
export const defineCachedRead = <Name extends string, Input, Wire, Result>(
  name: Name,
  define: () => CachedReadDefinition<Input, Wire, Result>,
): LazyEndpoint<Name, true, Input, Wire, Result> => lazyEndpoint(name, true, define);

const lazyEndpoint = <Name extends string, IsCached extends boolean, Input, Wire, Result>(
  operation: Name,
  isCached: IsCached,
  define: () => EndpointDefinition<Input, Wire, Result>,
): LazyEndpoint<Name, IsCached, Input, Wire, Result> =>
  Object.assign(
    once(() => ({ name: operation, ...define() })),
    { operation, isCached },
  );
