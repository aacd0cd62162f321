import type { PersonaIncompleteListError } from '../../core/errors/index.js';
import type { Persona } from '../../schemas/persona.js';
import type { IterationReport, PersonaIterator } from './iteration-types.js';

const CAUSES = {
  hidden:
    'The service counts them, but its pages do not contain them, or contain them without a usable id, name or timestamps. Repeating the call does not help. Look in the logs or the database of the service.',
  repeated:
    'The pages of the list repeat rows instead. Check whether the service, or a proxy in front of it, ignores the query parameter page.',
} as const;

/**
 * Collects up to `limit` personas of an iteration.
 *
 * @throws {PersonaIncompleteListError} if there are fewer than `limit` because rows are hidden, or because pages repeat.
 */
export async function collect(
  iterator: PersonaIterator,
  limit: number | undefined,
  IncompleteListError: typeof PersonaIncompleteListError,
): Promise<{ data: Persona[]; meta: IterationReport }> {
  const personas: Persona[] = [];
  const result = { data: personas, meta: iterator.report };
  if (limit !== 0) for await (const persona of iterator) if (personas.push(persona) === limit) return result;
  const { total, unseen, incompleteReason: reason } = iterator.report;
  if (reason !== 'hidden' && reason !== 'repeated') return result;
  throw new IncompleteListError(
    `personas.toArray could not read ${unseen} of ${total} personas. ${CAUSES[reason]} This error's property personas has the others.`,
    { personas, total, unseen, reason },
  );
}
