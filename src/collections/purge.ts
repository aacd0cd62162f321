import { anyValue, booleanRule, functionRule, type OptionRules } from '../core/assert-options.js';
import type { CallSite } from '../core/call-site.js';
import { isPromise } from '../core/is-promise.js';
import { parseIsoTime } from '../core/iso-time.js';
import {
  type IncompleteReason,
  type Persona,
  type PersonaError,
  type PersonaIterator,
  PersonaNotFoundError,
} from '../index.js';
import { createRun } from './create-run.js';
import { type BulkClient, type BulkOperation, readEmptyBaseline } from './operation.js';
import { findOptionIssues, RUN_RULES, resolveRunOptions, throwIfInvalid } from './resolve-options.js';
import type { ItemResult, RunOptions } from './types.js';

/** Maximum number of passes over the list. Another pass follows if the last one was incomplete and deleted personas. */
const MAX_PASSES = 3;

/** Options of `Privacy.purge`. */
export interface PurgeOptions extends Pick<RunOptions, 'concurrency' | 'signal' | 'maxStallMs'> {
  /** Deletes personas whose timestamp is before this time: a `Date`, or an ISO 8601 string with a time zone. */
  olderThan: Date | string;
  /** The timestamp to compare. @default 'updated_at' */
  timestampField?: 'updated_at' | 'created_at';
  /** Reports the personas that a purge would delete, and deletes nothing. @default false */
  dryRun?: boolean;
  /** Called for each persona that is old enough, for example to keep a log. An error from this function ends the purge. */
  onPersona?: (persona: PurgeCandidate) => void;
}

const PURGE_RULES: OptionRules<PurgeOptions> = {
  concurrency: RUN_RULES.concurrency,
  maxStallMs: RUN_RULES.maxStallMs,
  signal: RUN_RULES.signal,
  olderThan: anyValue, // `purge` checks it, because it is required
  timestampField: [
    (value: string) => ['updated_at', 'created_at'].includes(value),
    "must be 'updated_at' or 'created_at'",
  ],
  dryRun: booleanRule,
  onPersona: functionRule,
};

/** A persona that was old enough when the purge read the list. */
export interface PurgeCandidate {
  /** The id of the persona. */
  readonly id: number;
  /**
   * `skipped`: no longer old enough when the purge read the persona again. `missing`: another client deleted the persona
   * first, and its id may now belong to another persona, which the purge keeps. `would-delete`: old enough in a dry run.
   */
  readonly outcome: 'deleted' | 'skipped' | 'missing' | 'failed' | 'would-delete';
  /** The error of the read or the deletion, if the outcome is `failed`. */
  readonly error?: Error;
}

/** Result of a purge. */
export interface PurgeReport {
  /** Whether the run only listed what it would delete. */
  readonly dryRun: boolean;
  /** The cutoff time: ISO 8601 in UTC. */
  readonly olderThan: string;
  /** Personas read from the list. */
  readonly scanned: number;
  /** Personas of `scanned` that were old enough: the sum of the next four counts, except in a dry run or after an early stop. */
  readonly matched: number;
  /** Personas that the run deleted. */
  readonly deleted: number;
  /** Personas that were no longer old enough when the purge read them again. */
  readonly skipped: number;
  /** Personas that another client deleted first. */
  readonly missing: number;
  /** Personas whose deletion failed. */
  readonly failed: number;
  /** Personas that the service counts and the purge did not see. */
  readonly unseen: number;
  /** Whether the purge read every persona that existed during the whole purge. */
  readonly complete: boolean;
  /** Why the purge stopped early: it stalled for `maxStallMs`, or the session ended. Absent if it did not stop early. */
  readonly stopError?: PersonaError;
  /** Why the purge is not complete. If other clients kept writing, purge again. Absent if the purge is complete. */
  readonly incompleteReason?: IncompleteReason;
}

/** Deletes all personas that are too old: `Privacy.purge`. */
export async function purge(client: BulkClient, options: PurgeOptions, site: CallSite): Promise<PurgeReport> {
  throwIfInvalid('privacy.purge', findOptionIssues(options, PURGE_RULES));
  const { olderThan, timestampField = 'updated_at', dryRun = false, onPersona, ...runOptions } = options;
  const cutoff = parseTime(olderThan);
  const { signal } = runOptions;
  throwIfInvalid('privacy.purge', [
    ...(Number.isNaN(cutoff)
      ? [{ path: ['olderThan'], message: 'must be a Date, or ISO 8601 with a time zone' }]
      : []),
  ]);

  const readOptions = { cache: 'no-store', priority: 'background', ...(signal && { signal }) } as const;
  const isOld = (persona: Persona) => Date.parse(persona[timestampField]) < cutoff;
  const counts = { scanned: 0, matched: 0, deleted: 0, skipped: 0, missing: 0, failed: 0 };
  let failure: { readonly error: unknown } | undefined;
  const report = (candidate: PurgeCandidate) => {
    if (failure) throw failure.error;
    const pending: unknown = onPersona?.(candidate);
    if (isPromise(pending))
      pending.then(undefined, (error: unknown) => {
        failure ??= { error };
      });
  };
  async function* findCandidates(personas: PersonaIterator): AsyncGenerator<Candidate> {
    for await (const persona of personas) {
      counts.scanned++;
      if (!isOld(persona)) continue;
      counts.matched++;
      if (dryRun) report({ id: persona.id, outcome: 'would-delete' });
      else yield { id: persona.id, created_at: persona.created_at };
    }
  }
  const deleteIfOld: BulkOperation<Candidate, 'deleted' | 'skipped'> = {
    name: 'delete',
    queueKey: () => undefined,
    send: async ({ id, created_at }, requestOptions) => {
      const persona = await client.personas.get(id, { ...requestOptions, ...readOptions });
      if (persona.created_at !== created_at) throw replacedError(id);
      const isStillOld = isOld(persona);
      if (isStillOld) await client.personas.delete(id, requestOptions);
      return { id, appliedAt: 0, value: isStillOld ? 'deleted' : 'skipped' };
    },
    idempotent: true,
    alreadyApplied: ({ id }, { code }) =>
      code === 'not_found' ? { id, appliedAt: 0, value: 'deleted' } : undefined,
    readBaseline: readEmptyBaseline,
  };
  const resolvedOptions = resolveRunOptions('privacy.purge', runOptions, site);
  /** Purges what one iteration yields. Its deletions change the list, so the iteration may not be complete. */
  async function purgeOnce(personas: PersonaIterator): Promise<PersonaError | undefined> {
    const run = createRun(client, deleteIfOld, findCandidates(personas), resolvedOptions);
    for await (const result of run) {
      const outcome = purgeOutcome(result);
      counts[outcome]++;
      if ('id' in result.item)
        report({
          id: result.item.id,
          outcome,
          ...(!result.ok && outcome === 'failed' && { error: result.error }),
        });
    }
    return run.summary.stopError;
  }
  let personas = client.personas.iterate({}, readOptions);
  let stopError = await purgeOnce(personas);
  for (let pass = 2, deletedBefore = 0; pass <= MAX_PASSES; pass++) {
    if (stopError || personas.report.complete || counts.deleted === deletedBefore) break;
    deletedBefore = counts.deleted;
    personas = client.personas.iterate({ checkpoint: personas.checkpoint() }, readOptions);
    stopError = await purgeOnce(personas);
  }
  if (failure) throw failure.error;
  const { unseen, complete, incompleteReason } = personas.report;
  return {
    dryRun,
    olderThan: new Date(cutoff).toISOString(),
    ...counts,
    unseen,
    complete: complete && !stopError,
    ...(stopError && { stopError }),
    ...(incompleteReason && { incompleteReason }),
  };
}

type Candidate = Pick<Persona, 'id' | 'created_at'>;

const replacedError = (id: number) =>
  new PersonaNotFoundError(
    `Persona ${id} does not exist anymore, and another persona has its id. The purge kept that persona.`,
    { personaId: id },
  );

function purgeOutcome(
  result: ItemResult<unknown, 'deleted' | 'skipped'>,
): 'deleted' | 'skipped' | 'missing' | 'failed' {
  if (result.ok) return result.value ?? 'deleted';
  return result.error instanceof PersonaNotFoundError ? 'missing' : 'failed';
}

/** Parses a time. Returns NaN for an invalid time, and for text without a time zone. */
function parseTime(olderThan: Date | string): number {
  if (olderThan instanceof Date) return olderThan.getTime();
  if (typeof olderThan !== 'string') return Number.NaN;
  return olderThan.includes('T') ? parseIsoTime(olderThan) : Number.NaN;
}
