import * as z from 'zod/mini';
import type { Endpoint, Redact } from '../../pipeline/endpoint.js';
import { type Persona, persona, personaId } from '../../schemas/persona.js';
import { once } from '../../schemas/rules.js';
import { personaTag } from '../cache-tags.js';
import { path } from '../path.js';

export type WithId = { readonly id: number };

export const redactPersona = (persona: Persona, redact: Redact): void => redact(persona);

/** One persona. Lists, creates and updates bring the answer to it along. */
export const getPersona: () => Endpoint<WithId, Persona, Persona> = once(() => ({
  name: 'personas.get',
  input: z.object({ id: personaId() }),
  route: { method: 'GET', path: ({ id }) => path`/personas/${id}` },
  persona: ({ id }) => id,
  responseSchema: persona(),
  redact: redactPersona,
  cacheTags: ({ id }) => [personaTag(id)],
  transform: (found) => found,
}));
