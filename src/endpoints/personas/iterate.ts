import * as z from 'zod/mini';
import type { CallOptions, RequestOptions } from '../../config/request-options.js';
import { validateRequestOptions } from '../../config/resolve-request-options.js';
import { LightAbortController, onAbort } from '../../core/abort.js';
import { loadChunk } from '../../core/lazy-import.js';
import { parseInput } from '../../core/validate.js';
import type { Run } from '../../pipeline/endpoint.js';
import { once } from '../../schemas/once.js';
import type { Persona } from '../../schemas/persona.js';
import { partialObject } from '../../schemas/validators.js';
import {
  createCheckpoint,
  expandCheckpoint,
  type IterationCheckpoint,
  isCheckpoint,
  isIntegerFrom,
} from './checkpoint.js';
import { listPersonas, type PersonaPage } from './list.js';
import type { IterationReport, MutableReport } from './scan.js';

/** Options of `personas.iterate`. */
export interface IterateOptions {
  /** Rows per request, 1 to 1000. @default 100 */
  perPage?: number | undefined;
  /** The maximum number of scans. The iterator scans the list again if the list changed during the last scan. @default 3 */
  maxScans?: number | undefined;
  /** Skips the personas that an earlier iteration yielded. @default none */
  checkpoint?: IterationCheckpoint | undefined;
}

/** Options of `personas.toArray`. */
export interface ToArrayOptions extends Pick<IterateOptions, 'perPage' | 'maxScans'> {
  /** The maximum number of personas. @default all */
  limit?: number | undefined;
}

/** An async iterator over all personas. */
export interface PersonaIterator<P = Persona> extends AsyncGenerator<P, void, void> {
  /** The current state of the iteration. The object changes while the iteration runs. */
  readonly report: IterationReport;
  /**
   * Returns a checkpoint. Pass the checkpoint to `iterate({ checkpoint })` to continue later.
   *
   * The checkpoint includes the current persona, so finish processing that persona before you call this method.
   */
  checkpoint(): IterationCheckpoint;
}

export function iteratePersonas(
  run: Run,
  options: IterateOptions,
  requestOptions?: RequestOptions<PersonaPage>,
): PersonaIterator {
  const report: MutableReport = { yielded: 0, duplicates: 0, scans: 0, complete: false };
  const lastScanById = new Map<number, number>();
  return Object.assign(scanPersonas(run, options, requestOptions, report, lastScanById), {
    report,
    checkpoint: () => createCheckpoint(lastScanById.keys()),
  });
}

async function* scanPersonas(
  run: Run,
  options: IterateOptions,
  requestOptions: RequestOptions<PersonaPage> = {},
  report: MutableReport,
  lastScanById: Map<number, number>,
): AsyncGenerator<Persona, void, void> {
  parseInput('personas.iterate', iterateOptionsSchema(), options);
  const { perPage = 100, maxScans = 3, checkpoint } = options;
  if (checkpoint) for (const id of expandCheckpoint(checkpoint)) lastScanById.set(id, 0);
  const controller = new LightAbortController();
  const {
    cache = 'no-store',
    signal,
    ...otherOptions
  } = validateRequestOptions(requestOptions, 'personas.iterate');
  const callOptions: CallOptions<PersonaPage> = { ...otherOptions, cache, signal: controller };
  const { scan } = await loadChunk('personas.iterate', import('./scan.js'));
  const unsubscribe = onAbort(signal, (reason) => controller.abort(reason));
  const readPage = (page: number) => run(listPersonas(), { page, perPage }, callOptions);
  try {
    yield* scan(readPage, maxScans, report, lastScanById);
  } finally {
    unsubscribe();
    controller.abort(new Error('the iteration has ended')); // cancels the prefetched page
  }
}

const integerFrom = (min: number) =>
  z.custom((value) => isIntegerFrom(min, value), `must be a whole number from ${min}`);
const iterateOptionsSchema = once(() =>
  partialObject({
    perPage: z.unknown(), // personas.list validates this option
    maxScans: integerFrom(1),
    checkpoint: z.custom(isCheckpoint, 'must be a result of checkpoint()'),
  }),
);
const limitSchema = once(() => partialObject({ limit: integerFrom(0) }));

/** Collects up to `limit` personas in an array. */
export async function collectPersonas<P>(
  iterate: (options: IterateOptions) => PersonaIterator<P>,
  { limit, ...options }: ToArrayOptions,
): Promise<P[]> {
  parseInput('personas.toArray', limitSchema(), { limit });
  const personas: P[] = [];
  if (limit !== 0)
    for await (const persona of iterate({ perPage: Math.min(100, limit ?? 100), ...options }))
      if (personas.push(persona) === limit) break;
  return personas;
}
