import { PersonaValidationError } from '../errors.js';
import type { RequestOptions } from '../options.js';
import { link } from '../pipeline/abort.js';
import type { Run } from '../pipeline/types.js';
import type { Persona } from '../schemas/persona.js';
import { inWords } from '../validate.js';
import { listPersonas, type PersonaPage } from './persona-list.js';

/** How to walk the list. */
export interface IterateOptions {
  /** Rows per request, 1 to 1000. @default 100 */
  perPage?: number | undefined;
  /** How often the list is walked at most while writes keep shifting it. @default 3 */
  maxPasses?: number | undefined;
  /** Go on where another walk was: what it had come by is left out. @default from the beginning */
  checkpoint?: WalkCheckpoint | undefined;
}

/** Where a walk is, as plain data for JSON: ids only, in ranges of first and last. */
export interface WalkCheckpoint {
  readonly seen: readonly (readonly [first: number, last: number])[];
}

/** How a walk goes. */
export interface WalkReport {
  /** Personas yielded. */
  readonly seen: number;
  /** Rows dropped since they came a second time within a pass: writes had shifted them. */
  readonly duplicates: number;
  /** How often the list was walked, the pass under way included. */
  readonly passes: number;
  /** The list was at rest for a whole pass: whoever existed throughout was yielded. */
  readonly complete: boolean;
}

/** A walk over all personas: an async iterator with its report at hand. */
export interface PersonaWalk<P = Persona> extends AsyncGenerator<P, void, void> {
  /** How it goes; changes as it goes. */
  readonly report: WalkReport;
  /** What was yielded so far, for `iterate({ checkpoint })` of a later run. Take it when the last one is dealt with. */
  checkpoint(): WalkCheckpoint;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/**
 * Walk the list until it was at rest for a whole pass. It is ordered by the time of the last update and paged by offset: a
 * write in between moves rows across page borders. Any write shows: as another total, as another first row, or (where times are equal)
 * as a row seen twice.
 */
export function iteratePersonas(
  run: Run,
  options: IterateOptions,
  requestOptions?: RequestOptions<PersonaPage>,
): PersonaWalk {
  const report: Mutable<WalkReport> = { seen: 0, duplicates: 0, passes: 0, complete: false };
  /** Everyone yielded, with the pass in which they were seen last. */
  const passOf = new Map<number, number>();
  return Object.assign(walk(run, options, requestOptions, report, passOf), {
    report,
    checkpoint: () => ({ seen: rangesOf(passOf.keys()) }),
  });
}

async function* walk(
  run: Run,
  { perPage = 100, maxPasses = 3, checkpoint, ...rest }: IterateOptions,
  options: RequestOptions<PersonaPage> | undefined,
  report: Mutable<WalkReport>,
  passOf: Map<number, number>,
): AsyncGenerator<Persona, void, void> {
  const ranges = checkpoint?.seen ?? [];
  refuseBad(maxPasses, ranges, rest);
  for (const [first, last] of ranges) for (let id = first; id <= last; id++) passOf.set(id, 0);
  const leaving = new AbortController();
  const unlink = options?.signal && link(options.signal, leaving);
  const how = { ...options, cache: options?.cache ?? ('no-store' as const), signal: leaving.signal };
  const read = (page: number): Promise<PersonaPage> => {
    const reading = run(listPersonas, { page, perPage }, how);
    reading.catch(() => {}); // read ahead: the loop may be left before it is asked for
    return reading;
  };

  try {
    for (let atRest = false, before = ''; ; ) {
      let reading = read(1);
      let { total, pages: stepsBack, items } = await reading;
      const now = `${total} ${items[0]?.id} ${items[0]?.updated_at}`;
      report.complete = atRest && now === before;
      if (report.complete || report.passes === maxPasses) return;
      before = now;
      atRest = true;
      report.passes++;

      for (let number = 1, more = true; more; ) {
        const page = await reading;
        const gone = total - page.total;
        if (gone !== 0) atRest = false;
        total = page.total;
        // what was deleted let later rows move up, onto pages that were read; replicas that disagree must not send it to and fro for ever
        const movedUp = gone > 0 && stepsBack-- > 0;
        number = movedUp ? Math.max(1, number - Math.ceil(gone / page.perPage)) : number + 1;
        more = number <= page.pages;
        if (more) reading = read(number);
        for (const persona of page.items) {
          const seenIn = passOf.get(persona.id);
          passOf.set(persona.id, report.passes);
          if (seenIn === report.passes) {
            report.duplicates++;
            atRest = false;
          }
          if (seenIn !== undefined) continue;
          report.seen++;
          yield persona;
        }
        report.complete = atRest && page.pages <= 1; // what is on one page cannot have moved between pages
        if (report.complete) return;
      }
    }
  } finally {
    unlink?.();
    leaving.abort();
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

function refuseBad(maxPasses: number, ranges: WalkCheckpoint['seen'], unknown: object): void {
  const issues = Object.keys(unknown).map((name) => ({ path: [name], message: 'is not known here' }));
  if (!Number.isSafeInteger(maxPasses) || maxPasses < 1)
    issues.push({ path: ['maxPasses'], message: 'must be a whole number from 1' });
  if (
    !Array.isArray(ranges) ||
    !ranges.every((range) => range.length === 2 && range.every(Number.isSafeInteger))
  )
    issues.push({ path: ['checkpoint'], message: 'must be what checkpoint() of a walk gave' });
  if (issues.length === 0) return;
  throw new PersonaValidationError(`personas.iterate: invalid input, nothing was sent: ${inWords(issues)}`, {
    issues,
  });
}
