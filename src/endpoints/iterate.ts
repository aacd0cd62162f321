import type { RequestOptions } from '../options.js';
import type { Run } from '../pipeline/types.js';
import type { Persona } from '../schemas/persona.js';
import { listPersonas, type PersonaPage } from './persona-list.js';

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
  { perPage = 100, maxPasses = 3 }: IterateOptions,
  options?: RequestOptions<PersonaPage>,
): AsyncGenerator<Persona, void, void> {
  const fresh = { cache: 'no-store', ...options } as const;
  const yielded = new Set<number>();
  for (let pass = 0, shifted = true; shifted && pass < maxPasses; pass++) {
    shifted = false;
    const seen = new Set<number>();
    let first: PersonaPage | undefined;
    let page: PersonaPage | undefined = await run(listPersonas, { perPage }, fresh);
    while (page) {
      first ??= page;
      shifted ||= page.total !== first.total;
      for (const persona of page.items) {
        shifted ||= seen.has(persona.id);
        seen.add(persona.id);
        if (yielded.has(persona.id)) continue;
        yielded.add(persona.id);
        yield persona;
      }
      page = await page.nextPage(fresh);
    }
  }
}
