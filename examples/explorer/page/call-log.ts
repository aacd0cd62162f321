import type { PersonaClient, PersonaEvents } from 'persona-client';

/** How a call ended. A retry or a stale read can still replace `failed` and `rejected`. */
export type CallOutcome = 'network' | 'cache' | 'deduplicated' | 'stale' | 'failed' | 'rejected';

/** A part of a call: an attempt, or the delay before the next one. */
export interface Segment {
  readonly kind: 'attempt' | 'delay';
  /** Milliseconds since the start of the call. */
  readonly startMs: number;
  /** Absent while the segment is running. */
  readonly endMs?: number;
  /** Status or error of an attempt. */
  readonly result?: string;
  readonly ok?: boolean;
}

/** A call, assembled from its events. */
export interface CallRecord {
  readonly id: string;
  /** Name of the method, for example `personas.get`. */
  readonly name: string;
  /** Persona id from the URL, or an empty string. */
  readonly personaId: string;
  readonly startedAt: number;
  readonly segments: readonly Segment[];
  readonly outcome?: CallOutcome;
  readonly endedAt?: number;
}

type CallEvents = Pick<PersonaEvents, 'request' | 'response' | 'retry' | 'circuitRejected' | 'cache'>;
export type CallEvent = {
  [Name in keyof CallEvents]: { readonly name: Name; readonly event: CallEvents[Name] };
}[keyof CallEvents];

/** Returns a new record that includes one more event. */
export function applyEvent(record: CallRecord | undefined, callEvent: CallEvent, now: number): CallRecord {
  const { requestId: id, call: name } = callEvent.event;
  const current = record ?? { id, name, personaId: '', startedAt: now, segments: [] };
  const elapsedMs = now - current.startedAt;
  const end = (outcome: CallOutcome): CallRecord => ({ ...current, outcome, endedAt: now });
  switch (callEvent.name) {
    case 'cache': {
      const { outcome } = callEvent.event;
      if (outcome === 'hit') return end('cache');
      return outcome === 'stale' ? end('stale') : current;
    }
    case 'request': {
      const personaId = /\/personas\/(\d+)/.exec(callEvent.event.url)?.[1] ?? '';
      const attempt = { kind: 'attempt', startMs: elapsedMs } as const;
      const segments = [...closeSegment(current.segments, elapsedMs), attempt];
      return { ...clearOutcome(current), personaId, segments };
    }
    case 'response': {
      const { status, error } = callEvent.event;
      const ok = status !== undefined && status < 400;
      const result = String(status ?? error).replaceAll('_', ' ');
      return {
        ...end(ok ? 'network' : 'failed'),
        segments: closeSegment(current.segments, elapsedMs, { result, ok }),
      };
    }
    case 'retry': {
      const delay = { kind: 'delay', startMs: elapsedMs } as const;
      return { ...clearOutcome(current), segments: [...current.segments, delay] };
    }
    case 'circuitRejected':
      return { ...end('rejected'), segments: closeSegment(current.segments, elapsedMs) };
  }
}

function closeSegment(
  segments: readonly Segment[],
  endMs: number,
  result: Pick<Segment, 'result' | 'ok'> = {},
): readonly Segment[] {
  const last = segments.at(-1);
  return last && last.endMs === undefined
    ? [...segments.slice(0, -1), { ...last, ...result, endMs }]
    : segments;
}

const clearOutcome = ({ outcome: _, endedAt: __, ...record }: CallRecord): CallRecord => record;

const MAX_RECORDS = 400;

/** Records the latest calls from the events of a client. */
export class CallLog {
  #records = new Map<string, CallRecord>();

  constructor(client: PersonaClient) {
    for (const name of ['request', 'response', 'retry', 'circuitRejected', 'cache'] as const)
      client.on(name, (event) => this.#record({ name, event } as CallEvent));
  }

  /** The records, newest first. */
  get records(): readonly CallRecord[] {
    return [...this.#records.values()].reverse();
  }

  #record(callEvent: CallEvent): void {
    const now = performance.now();
    const { requestId, call } = callEvent.event;
    const record = applyEvent(this.#records.get(requestId), callEvent, now);
    this.#records.set(requestId, record);
    if (record.outcome && record.segments.length > 0) this.#endDeduplicated(call, record.personaId, now);
    for (const id of [...this.#records.keys()].slice(0, -MAX_RECORDS)) this.#records.delete(id);
  }

  /** Ends the calls that shared the request of another call. */
  #endDeduplicated(call: string, personaId: string, now: number): void {
    for (const record of this.#records.values())
      if (record.name === call && record.segments.length === 0 && record.outcome === undefined)
        this.#records.set(record.id, { ...record, personaId, outcome: 'deduplicated', endedAt: now });
  }
}

/** Describes a call in one line: its name, a colon, and its outcome. */
export function describeCall(record: CallRecord): string {
  const { name, personaId, segments, outcome, startedAt, endedAt = 0 } = record;
  const attempts = segments.filter(({ kind }) => kind === 'attempt').length;
  const after =
    attempts === 0 ? ', nothing sent' : ` after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`;
  const descriptions: Record<CallOutcome, string> = {
    network: attempts > 1 ? `succeeded at attempt ${attempts}` : 'succeeded',
    cache: 'from the cache',
    deduplicated: 'shared a request',
    stale: `stale${after}`,
    failed: `failed${after}`,
    rejected: `circuit open${after}`,
  };
  const duration = outcome && attempts > 0 ? `, ${Math.round(endedAt - startedAt)} ms` : '';
  return `${name}${personaId && ` ${personaId}`}: ${outcome ? descriptions[outcome] : 'pending'}${duration}`;
}
