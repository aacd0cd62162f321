import { type Persona, PersonaNotFoundError } from '../index.js';
import type { Client, Operation } from './operation.js';
import { runOver } from './run.js';
import { refuse, settingsOf } from './settings.js';
import type { ItemResult, RunOptions } from './types.js';

type Old = { readonly id: number };

/** What to purge, and how. */
export interface PurgeOptions extends Pick<RunOptions, 'concurrency' | 'signal' | 'maxStallMs'> {
  /** Personas whose time is before this go. ISO 8601 with a zone, or a `Date`. */
  olderThan: Date | string;
  /** Which time of a persona counts. @default 'updated_at' */
  by?: 'updated_at' | 'created_at';
  /** Look only: nothing is deleted. @default false */
  dryRun?: boolean;
  /** Called for each persona that is old enough, for a log of one's own. */
  onPersona?: (persona: PurgedPersona) => void;
}

/** What became of a persona that was old enough when the list was read. */
export interface PurgedPersona {
  readonly id: number;
  /** `kept`: it was updated meanwhile. `gone`: someone else deleted it. `would-delete`: in a dry run. */
  readonly outcome: 'deleted' | 'kept' | 'gone' | 'failed' | 'would-delete';
  /** Why it failed. */
  readonly error?: Error;
}

/** How a purge went. */
export interface PurgeReport {
  readonly dryRun: boolean;
  /** ISO 8601 in UTC. */
  readonly olderThan: string;
  /** Personas looked at. */
  readonly examined: number;
  /** Of these, old enough when the list was read: the sum of what follows. */
  readonly matched: number;
  readonly deleted: number;
  readonly kept: number;
  readonly gone: number;
  readonly failed: number;
  /** Every persona that was there throughout was looked at. `false`: writes never paused, purge again. */
  readonly complete: boolean;
}

export async function purge(client: Client, options: PurgeOptions): Promise<PurgeReport> {
  const { olderThan, by = 'updated_at', dryRun = false, onPersona, ...how } = options;
  const limit = timeOf(olderThan);
  const { concurrency: _concurrency, maxStallMs: _patience, signal, ...unknown } = how;
  refuse('privacy.purge', [
    ...(Number.isNaN(limit)
      ? [{ path: ['olderThan'], message: 'must be a Date, or ISO 8601 with a zone' }]
      : []),
    ...(by === 'updated_at' || by === 'created_at'
      ? []
      : [{ path: ['by'], message: "must be 'updated_at' or 'created_at'" }]),
    ...(typeof dryRun === 'boolean' ? [] : [{ path: ['dryRun'], message: 'must be true or false' }]),
    ...Object.keys(unknown).map((name) => ({ path: [name], message: 'is not known here' })),
  ]);

  const fresh = { cache: 'no-store', ...(signal && { signal }) } as const;
  const isOld = (persona: Persona) => Date.parse(persona[by]) < limit;
  const counts = { examined: 0, matched: 0, deleted: 0, kept: 0, gone: 0, failed: 0 };
  const walk = client.personas.iterate({}, fresh);
  async function* old(): AsyncGenerator<Old> {
    for await (const persona of walk) {
      counts.examined++;
      if (!isOld(persona)) continue;
      counts.matched++;
      if (dryRun) onPersona?.({ id: persona.id, outcome: 'would-delete' });
      else yield { id: persona.id };
    }
  }
  const deleteIfOld: Operation<Old, 'deleted' | 'kept'> = {
    name: 'delete',
    lane: () => undefined,
    send: async ({ id }, sending) => {
      const old = isOld(await client.personas.get(id, { ...sending, ...fresh }));
      if (old) await client.personas.delete(id, sending);
      return { id, at: 0, value: old ? 'deleted' : 'kept' };
    },
    idempotent: true,
    already: ({ id }, code) => (code === 'not_found' ? { id, at: 0, value: 'deleted' } : undefined),
    baseline: async () => ({ since: 0, before: [] }),
  };
  for await (const result of runOver(deleteIfOld, old(), settingsOf('privacy.purge', how))) {
    const outcome = outcomeOf(result);
    counts[outcome]++;
    if ('id' in result.item)
      onPersona?.({
        id: result.item.id,
        outcome,
        ...(!result.ok && outcome === 'failed' && { error: result.error }),
      });
  }
  return { dryRun, olderThan: new Date(limit).toISOString(), ...counts, complete: walk.report.complete };
}

function outcomeOf(result: ItemResult<unknown, 'deleted' | 'kept'>): 'deleted' | 'kept' | 'gone' | 'failed' {
  if (result.ok) return result.value ?? 'deleted';
  return result.error instanceof PersonaNotFoundError ? 'gone' : 'failed';
}

/** NaN for what is no time. A text without a zone would mean another time on another machine. */
function timeOf(olderThan: Date | string): number {
  if (olderThan instanceof Date) return olderThan.getTime();
  if (typeof olderThan !== 'string') return Number.NaN;
  return /(?:Z|[+-]\d\d:?\d\d)$/.test(olderThan) ? Date.parse(olderThan) : Number.NaN;
}
