import { LISTS, personaTag } from '../../cache/tags.js';
import type { AttributeValues } from '../../schemas/field-config.js';
import { objectWith } from '../../schemas/objects.js';
import {
  type Persona,
  type PersonaCreate,
  type PersonaUpdate,
  personaCreateSchema,
  personaIdSchema,
  personaSchema,
  personaUpdateSchema,
} from '../../schemas/persona.js';
import { toSubresourcePersona } from '../../schemas/subresource-rules.js';
import { ifUnmodifiedSinceSchema, unmodifiedCondition, type WithCondition } from '../condition.js';
import { defineEndpoint, type EndpointDefinition } from '../define-endpoint.js';
import { path } from '../path.js';
import { getPersona, visitPersona, type WithId } from './get.js';
import { listPersonas } from './list.js';

interface WithData {
  readonly data: PersonaCreate | PersonaUpdate;
}

const attributes = ({ data }: WithData): AttributeValues[] =>
  (['psychographic', 'behavioral', 'contextual'] as const).map((category) => ({
    category,
    values: data[category],
    path: [category],
  }));

const touchedFields = ({ data }: WithData): string[] =>
  Object.entries(data).flatMap(([key, value]) => (key === 'name' || value === undefined ? [] : [key]));

const setsEmptyName = ({ data }: WithData): boolean => data.name === '';

export const createPersona = defineEndpoint(
  'personas.create',
  (): EndpointDefinition<{ data: PersonaCreate }, Persona, Persona> => ({
    inputSchema: objectWith({ data: personaCreateSchema }),
    route: { method: 'POST', path: () => '/personas', body: ({ data }) => data },
    touchedFields,
    attributes,
    toSubresource: toSubresourcePersona,
    setsEmptyName,
    responseSchema: personaSchema(),
    visitData: visitPersona,
    invalidates: () => [LISTS],
    primes: (created, _input, prime) => prime(getPersona(), { id: created.id }, created),
    reconciliation: {
      queueKey: ({ data }) => data.name,
      resourceId: (created) => created,
      importSearch: async () => (await import('./created-search.js')).createSearch(listPersonas()),
    },
    transform: (created) => created,
  }),
);

export const updatePersona = defineEndpoint(
  'personas.update',
  (): EndpointDefinition<WithId & WithCondition & { data: PersonaUpdate }, Persona, Persona> => ({
    inputSchema: objectWith({
      id: personaIdSchema,
      data: personaUpdateSchema,
      ifUnmodifiedSince: ifUnmodifiedSinceSchema,
    }),
    condition: unmodifiedCondition,
    route: { method: 'PUT', path: ({ id }) => path`/personas/${id}`, body: ({ data }) => data },
    personaId: ({ id }) => id,
    touchedFields,
    attributes,
    toSubresource: toSubresourcePersona,
    setsEmptyName,
    responseSchema: personaSchema(),
    visitData: visitPersona,
    invalidates: ({ id }) => [LISTS, personaTag(id)],
    primes: (updated, { id }, prime) => prime(getPersona(), { id }, updated),
    transform: (updated) => updated,
  }),
);

export const deletePersona = defineEndpoint(
  'personas.delete',
  (): EndpointDefinition<WithId, undefined, void> => ({
    inputSchema: objectWith({ id: personaIdSchema }),
    route: { method: 'DELETE', path: ({ id }) => path`/personas/${id}` },
    personaId: ({ id }) => id,
    responseSchema: undefined,
    invalidates: ({ id }) => [LISTS, personaTag(id)],
    transform: () => undefined,
  }),
);
