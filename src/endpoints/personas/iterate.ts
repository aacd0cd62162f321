import * as z from 'zod/mini';
import type { RequestOptions } from '../../config/options.js';
import type { CallOptions } from '../../config/resolve-options.js';
import { validateRequestOptions } from '../../config/resolve-options.js';
import { LightAbortController, onAbort } from '../../core/abort.js';
import { loadChunk } from '../../core/lazy-import.js';
import { parseInput } from '../../core/validate.js';
import type { Run } from '../../pipeline/endpoint.js';
import type { Persona } from '../../schemas/persona.js';
import { once, optional } from '../../schemas/rules.js';
import { listPersonas, type PersonaPage } from './list.js';
import type { IterationReport, Walking } from './scan.js';

/** How to walk the list. */
export interface IterateOptions {
  /** Rows per request, 1 to 1000. @default 100 */
  perPage?: number | undefined;
  /** How often the list is walked at most while writes keep shifting it. @default 3 */
  maxScans?: number | undefined;
  /** Go on where another walk was: what it had come by is left out. @default from the beginning */
  checkpoint?: IterationCheckpoint | undefined;
}

/** How many personas to get. */
export interface ToArrayOptions extends Pick<IterateOptions, 'perPage' | 'maxScans'> {
  /** @default all */
  limit?: number | undefined;
}

/** Where a walk is, as plain data for JSON: ids only, in ranges of first and last. */
export interface IterationCheckpoint {
  readonly seen: readonly (readonly [first: number, last: number])[];
}

/** A walk over all personas: an async iterator with its report at hand. */
export interface PersonaIterator<P = Persona> extends AsyncGenerator<P, void, void> {
  /** How it goes; changes as it goes. */
  readonly report: IterationReport;
  /** What was yielded so far, for `iterate({ checkpoint })` of a later run. Take it when the last one is dealt with. */
  checkpoint(): IterationCheckpoint;
}

/** A map holds no more. */
const MOST_IDS = 2 ** 24;

export function iteratePersonas(
  run: Run,
  options: IterateOptions,
  requestOptions?: RequestOptions<PersonaPage>,
): PersonaIterator {
  const report: Walking = { seen: 0, duplicates: 0, scans: 0, complete: false };
  const passOf = new Map<number, number>();
  return Object.assign(begun(run, options, requestOptions, report, passOf), {
    report,
    checkpoint: () => ({ seen: rangesOf(passOf.keys()) }),
  });
}

async function* begun(
  run: Run,
  given: IterateOptions,
  options: RequestOptions<PersonaPage> = {},
  report: Walking,
  passOf: Map<number, number>,
): AsyncGenerator<Persona, void, void> {
  parseInput('personas.iterate', walkInput(), given);
  const { perPage = 100, maxScans = 3, checkpoint } = given;
  for (const [first, last] of checkpoint?.seen ?? [])
    for (let id = first; id <= last; id++) passOf.set(id, 0);
  const leaving = new LightAbortController();
  const { cache = 'no-store', signal, ...others } = validateRequestOptions(options, 'personas.iterate');
  const how: CallOptions<PersonaPage> = { ...others, cache, signal: leaving };
  const { scan: walk } = await loadChunk('personas.iterate', import('./scan.js'));
  const unlink = onAbort(signal, (reason) => leaving.abort(reason));
  try {
    yield* walk((page) => run(listPersonas(), { page, perPage }, how), maxScans, report, passOf);
  } finally {
    unlink();
    leaving.abort(new Error('the walk is over'));
  }
}

function rangesOf(ids: Iterable<number>): [first: number, last: number][] {
  const ranges: [number, number][] = [];
  for (const id of [...ids].sort((a, b) => a - b)) {
    const range = ranges.at(-1);
    if (range && range[1] === id - 1) range[1] = id;
    else ranges.push([id, id]);
  }
  return ranges;
}

const isWhole = (value: unknown, least: number) => Number.isSafeInteger(value) && (value as number) >= least;
const isRange = (range: unknown) =>
  Array.isArray(range) &&
  isWhole(range[0], 1) &&
  isWhole(range[1], range[0]) &&
  range[1] - range[0] < MOST_IDS;
const isRanges = (value: unknown) => Array.isArray(value) && value.every(isRange);

const from = (least: number) =>
  z.custom((value) => isWhole(value, least), `must be a whole number from ${least}`);
const walkInput = once(() =>
  optional({
    perPage: z.unknown(), // judged where it is used
    maxScans: from(1),
    checkpoint: z.custom((value) => isRanges(Object(value).seen), 'must be what checkpoint() of a walk gave'),
  }),
);
const limitInput = once(() => optional({ limit: from(0) }));

/** All of a walk in a list, or as many as wanted. */
export async function gather<P>(
  walk: (options: IterateOptions) => PersonaIterator<P>,
  { limit, ...options }: ToArrayOptions,
): Promise<P[]> {
  parseInput('personas.toArray', limitInput(), { limit });
  const found: P[] = [];
  if (limit !== 0)
    for await (const persona of walk({ perPage: Math.min(100, limit ?? 100), ...options }))
      if (found.push(persona) === limit) break;
  return found;
}
