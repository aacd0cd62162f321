import type { PersonaClient, PersonaEvents } from 'persona-client';

/** How a call ended. `failed` and `refused` may still turn into `stale`, or go on with a retry. */
export type End = 'network' | 'cache' | 'deduplicated' | 'stale' | 'failed' | 'refused';

/** A stretch of a call: an attempt under way, or the wait before the next one. Times are milliseconds since its beginning. */
export interface Stretch {
  readonly kind: 'attempt' | 'wait';
  readonly from: number;
  readonly to?: number;
  /** What the attempt was answered, or why it failed. */
  readonly answer?: string;
  readonly ok?: boolean;
}

/** A call as far as its events have told it. */
export interface CallRecord {
  readonly id: string;
  /** `personas.get` */
  readonly name: string;
  /** Which persona, where the URL says so. */
  readonly about: string;
  readonly startedAt: number;
  readonly stretches: readonly Stretch[];
  readonly end?: End;
  readonly endedAt?: number;
}

type CallEvents = Pick<PersonaEvents, 'request' | 'response' | 'retry' | 'circuitRejected' | 'cache'>;
export type Told = {
  [Name in keyof CallEvents]: { readonly name: Name; readonly event: CallEvents[Name] };
}[keyof CallEvents];

/** What a call is after one more of its events: the record is never changed, but replaced. */
export function advance(record: CallRecord | undefined, told: Told, now: number): CallRecord {
  const { requestId: id, call: name } = told.event;
  const current = record ?? { id, name, about: '', startedAt: now, stretches: [] };
  const at = now - current.startedAt;
  const ended = (end: End): CallRecord => ({ ...current, end, endedAt: now });
  switch (told.name) {
    case 'cache': {
      const { outcome } = told.event;
      if (outcome === 'hit') return ended('cache');
      return outcome === 'stale' ? ended('stale') : current;
    }
    case 'request': {
      const about = /\/personas\/(\d+)/.exec(told.event.url)?.[1] ?? '';
      const stretches = [...closed(current.stretches, at), { kind: 'attempt', from: at } as const];
      return { ...reopened(current), about, stretches };
    }
    case 'response': {
      const { status, error } = told.event;
      const ok = status !== undefined && status < 400;
      const answer = String(status ?? error).replaceAll('_', ' ');
      return {
        ...ended(ok ? 'network' : 'failed'),
        stretches: closed(current.stretches, at, { answer, ok }),
      };
    }
    case 'retry':
      return { ...reopened(current), stretches: [...current.stretches, { kind: 'wait', from: at }] };
    case 'circuitRejected':
      return { ...ended('refused'), stretches: closed(current.stretches, at) };
  }
}

function closed(
  stretches: readonly Stretch[],
  at: number,
  answer: Partial<Stretch> = {},
): readonly Stretch[] {
  const last = stretches.at(-1);
  return last && last.to === undefined
    ? [...stretches.slice(0, -1), { ...last, ...answer, to: at }]
    : stretches;
}

const reopened = ({ end: _, endedAt: __, ...record }: CallRecord): CallRecord => record;

const KEPT = 400;

/** The last calls, newest first, kept up to date by the client's own events. */
export class CallLog {
  #records = new Map<string, CallRecord>();

  constructor(client: PersonaClient) {
    for (const name of ['request', 'response', 'retry', 'circuitRejected', 'cache'] as const)
      client.on(name, (event) => this.#tell({ name, event } as Told));
  }

  get records(): readonly CallRecord[] {
    return [...this.#records.values()].reverse();
  }

  #tell(told: Told): void {
    const now = performance.now();
    const { requestId, call } = told.event;
    const record = advance(this.#records.get(requestId), told, now);
    this.#records.set(requestId, record);
    // Whoever shares a read in flight ends with it.
    if (record.end && record.stretches.length > 0)
      for (const other of this.#records.values())
        if (other.name === call && other.stretches.length === 0 && other.end === undefined)
          this.#records.set(other.id, { ...other, about: record.about, end: 'deduplicated', endedAt: now });
    for (const id of [...this.#records.keys()].slice(0, -KEPT)) this.#records.delete(id);
  }
}

/** A call in one sentence: what it is, a colon, how it went. */
export function inWords({ name, about, stretches, end, startedAt, endedAt = 0 }: CallRecord): string {
  const attempts = stretches.filter(({ kind }) => kind === 'attempt').length;
  const after = attempts === 0 ? ', nothing sent' : ` after ${attempts} ${attempts === 1 ? 'try' : 'tries'}`;
  const ways: Record<End, string> = {
    network: attempts > 1 ? `answered at try ${attempts}` : 'answered',
    cache: 'from the cache',
    deduplicated: 'shared a read in flight',
    stale: `stale${after}`,
    failed: `failed${after}`,
    refused: `circuit open${after}`,
  };
  const took = end && attempts > 0 ? `, ${Math.round(endedAt - startedAt)} ms` : '';
  return `${name}${about && ` ${about}`}: ${end ? ways[end] : 'under way'}${took}`;
}
