import { personaTag } from '../../cache/tags.js';
import type { VisitData } from '../../pipeline/endpoint.js';
import { objectWith } from '../../schemas/objects.js';
import { type Persona, personaIdSchema, personaSchema } from '../../schemas/persona.js';
import { type CachedReadDefinition, defineCachedRead } from '../define-endpoint.js';
import { path } from '../path.js';

export type WithId = { readonly id: number };

export const visitPersona = (persona: Persona, visit: VisitData): void => visit(persona);

/** Returns one persona. Lists, creates and updates prime the cache for this read. */
export const getPersona = defineCachedRead(
  'personas.get',
  (): CachedReadDefinition<WithId, Persona, Persona> => ({
    inputSchema: objectWith({ id: personaIdSchema }),
    route: { method: 'GET', path: ({ id }) => path`/personas/${id}` },
    personaId: ({ id }) => id,
    responseSchema: personaSchema(),
    visitData: visitPersona,
    cacheTags: ({ id }) => [personaTag(id)],
    transform: (found) => found,
  }),
);
