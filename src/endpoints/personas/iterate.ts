import * as z from 'zod/mini';
import type { RequestOptions } from '../../config/request-options.js';
import { validateRequestOptions } from '../../config/resolve-request-options.js';
import { LightAbortController, onAbort } from '../../core/abort.js';
import { bindGenerator } from '../../core/bind-generator.js';
import { addCaller, captureCallSite } from '../../core/call-site.js';
import { PersonaIncompleteListError } from '../../core/errors/index.js';
import { loadChunk } from '../../core/lazy-import.js';
import { invalidInputError, parseInput, UNREADABLE_ISSUES } from '../../core/validate.js';
import type { Run } from '../../pipeline/endpoint.js';
import { partialObject } from '../../schemas/objects.js';
import type { Persona } from '../../schemas/persona.js';
import { copyPlainData, UNREADABLE } from '../../schemas/plain-data.js';
import { integer } from '../../schemas/validators.js';
import type { IterateOptions, IterationReport, PersonaIterator, ToArrayOptions } from './iteration-types.js';
import { type ListQuery, listPersonas, type PersonaPage } from './list.js';

const loadIteration = () => loadChunk('personas.iterate', import('./lazy-iteration.js'));

/** Creates the iterator of `personas.iterate`. Its code loads on the first `next()`. */
export function iteratePersonas(
  run: Run,
  callerOptions: IterateOptions,
  callerRequestOptions: RequestOptions<PersonaPage> = {},
): PersonaIterator {
  const site = captureCallSite(iteratePersonas);
  // The caller may change its objects before the first `next()`. The signal stays the same object.
  let isReadable = true;
  const stopIfUnreadable = (_path: unknown, problem: string) => (isReadable &&= problem !== UNREADABLE);
  const options = copyPlainData(callerOptions, stopIfUnreadable);
  const { updatedSince, checkpoint: start } = Object(options) as IterateOptions;
  const since = updatedSince instanceof Date ? new Date(updatedSince) : updatedSince;
  const requestOptions = copyPlainData(callerRequestOptions, stopIfUnreadable);
  const { signal } = Object(isReadable && callerRequestOptions) as RequestOptions;
  if (signal) requestOptions.signal = signal;
  const report = { yielded: 0, duplicates: 0, scans: 0, total: 0, unseen: 0, complete: false };
  let checkpoint = () => start ?? { idRanges: [] };
  async function* iterate(): AsyncGenerator<Persona, void, void> {
    if (!isReadable) throw invalidInputError('personas.iterate', UNREADABLE_ISSUES);
    const { scan, SeenPersonas, isCheckpoint, parseUpdatedSince, UpdateWindow } = await loadIteration();
    const sinceMs = parseUpdatedSince(since);
    const optionsSchema = partialObject({
      perPage: z.unknown, // personas.list validates this option
      maxScans: () => integer(1),
      checkpoint: () => z.custom(isCheckpoint, 'must be a result of checkpoint()'),
      updatedSince: () =>
        z.custom(
          () => !Number.isNaN(sinceMs) && !start,
          start
            ? 'cannot be combined with checkpoint'
            : 'must be a Date, or a string in ISO 8601 with a time zone',
        ),
    });
    parseInput('personas.iterate', optionsSchema, options);
    const seen = new SeenPersonas(checkpoint());
    checkpoint = () => seen.toCheckpoint();
    const { perPage = 100, maxScans = 3 } = options;
    const controller = new LightAbortController();
    const { cache = 'no-store', ...otherOptions } = validateRequestOptions(
      requestOptions,
      'personas.iterate',
    );
    const callOptions = { ...otherOptions, cache, signal: controller };
    const unsubscribe = onAbort(signal, (reason) => controller.abort(reason));
    const readPage = (query: ListQuery) => run(listPersonas(), query, callOptions);
    try {
      yield* scan(readPage, perPage, maxScans, report, seen, new UpdateWindow(sinceMs, options.checkpoint));
    } catch (error) {
      throw addCaller(error, site);
    } finally {
      unsubscribe();
      controller.abort(new Error('the iteration has ended')); // cancels the prefetched page
    }
  }
  return bindGenerator(iterate(), { report, checkpoint: () => checkpoint() });
}

/** Collects up to `limit` personas, and returns them with the report of the iteration. */
export async function collectPersonas(
  run: Run,
  callerOptions: ToArrayOptions = {},
  requestOptions?: RequestOptions<PersonaPage>,
): Promise<{ data: Persona[]; meta: IterationReport }> {
  const optionsSchema = partialObject({
    limit: () => integer(0),
    perPage: z.unknown,
    maxScans: z.unknown,
    updatedSince: z.unknown,
  });
  const parsed = parseInput('personas.toArray', optionsSchema, callerOptions); // the iteration validates the others
  const { limit, ...options } = parsed as ToArrayOptions;
  const iterator = iteratePersonas(run, { perPage: Math.min(100, limit ?? 100), ...options }, requestOptions);
  const { collect } = await loadIteration();
  return collect(iterator, limit, PersonaIncompleteListError);
}
