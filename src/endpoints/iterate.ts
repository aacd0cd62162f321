import { PersonaValidationError } from '../errors.js';
import type { RequestOptions } from '../options.js';
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
}

/**
 * Walk the list until a pass found nothing shifted. The list is ordered by the time of the last update
 * and paged by offset: a write in between moves rows across page borders, which shows as a row seen twice
 * within the pass or as another total.
 */
export async function* iteratePersonas(
  run: Run,
  { perPage = 100, maxPasses = 3, ...rest }: IterateOptions,
  options?: RequestOptions<PersonaPage>,
): AsyncGenerator<Persona, void, void> {
  refuseBad(maxPasses, rest);
  const fresh = options?.cache === undefined ? ({ ...options, cache: 'no-store' } as const) : options;
  const yielded = new Set<number>();
  for (let pass = 0, shifted = true; shifted && pass < maxPasses; pass++) {
    shifted = false;
    const seen = new Set<number>();
    let total: number | undefined;
    let stepsBack: number | undefined;
    for (let number = 1, pages = 1; number <= pages; ) {
      const page = await run(listPersonas, { page: number, perPage }, fresh);
      const gone = (total ?? page.total) - page.total;
      shifted ||= gone !== 0;
      for (const persona of page.items) {
        shifted ||= seen.has(persona.id);
        seen.add(persona.id);
        if (yielded.has(persona.id)) continue;
        yielded.add(persona.id);
        yield persona;
      }
      ({ total, pages } = page);
      stepsBack ??= pages; // replicas that disagree must not send it to and fro for ever
      // rows that were deleted let the later ones move up, onto pages that were read
      const movedUp = gone > 0 && stepsBack-- > 0;
      number = movedUp ? Math.max(1, number - Math.ceil(gone / page.perPage)) : number + 1;
    }
  }
}

function refuseBad(maxPasses: number, unknown: object): void {
  const issues = Object.keys(unknown).map((name) => ({ path: [name], message: 'is not known here' }));
  if (!Number.isSafeInteger(maxPasses) || maxPasses < 1)
    issues.push({ path: ['maxPasses'], message: 'must be a whole number from 1' });
  if (issues.length === 0) return;
  throw new PersonaValidationError(`personas.iterate: invalid input, nothing was sent: ${inWords(issues)}`, {
    issues,
  });
}
