import * as z from 'zod/mini';
import {
  attributes,
  attributesInput,
  type Behavioral,
  type Contextual,
  type Demographic,
  type DemographicInput,
  demographic,
  demographicInput,
  type Psychographic,
} from './categories.js';
import { jsonSafe } from './json.js';
import { once, whole } from './rules.js';

/** A persona as the service keeps it. A category is absent or `null` when nothing in it was ever set. */
export interface Persona {
  id: number;
  name: string;
  /** ISO 8601 in UTC, with `Z`. The service leaves the zone out; the client puts it in. */
  created_at: string;
  /** ISO 8601 in UTC, with `Z`. Lists are ordered by it, newest first. */
  updated_at: string;
  demographic?: Demographic | null;
  psychographic?: Psychographic | null;
  behavioral?: Behavioral | null;
  contextual?: Contextual | null;
}

/** A persona to create. Only `name` is required. */
export interface PersonaCreate {
  /** 1 to 100 characters. */
  name: string;
  /** `null` counts as left out, here and in the other categories. */
  demographic?: DemographicInput | null;
  psychographic?: Psychographic | null;
  behavioral?: Behavioral | null;
  contextual?: Contextual | null;
}

/** Changes to a persona. What is left out stays, inside a category too (wire contract). */
export type PersonaUpdate = Partial<PersonaCreate>;

export const personaId = once(() => whole(1));

const categories = <Fixed extends z.ZodMiniType, Free extends z.ZodMiniType>(fixed: Fixed, free: Free) => {
  const [demographic, configured] = [z.nullish(fixed), z.nullish(free)];
  return { demographic, psychographic: configured, behavioral: configured, contextual: configured };
};

/** As the service answers it. Fields unknown here are kept. */
export const persona = once(() => {
  /** The service writes UTC without saying so; a reader in another zone would take it for local time. */
  const timestamp = z.pipe(
    z.string(),
    z.transform((text) => (/(?:Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`)),
  );
  return z.looseObject({
    id: personaId(),
    name: z.string(),
    created_at: timestamp,
    updated_at: timestamp,
    ...categories(demographic(), attributes()),
  }) as unknown as z.ZodMiniType<Persona, unknown>;
});

/** One page of the list, as the service answers it. */
export interface PersonaListWire {
  personas: Persona[];
  total: number;
  page: number;
  per_page: number;
}

export const personaList = () =>
  z.looseObject({
    personas: z.array(persona()),
    total: whole(0),
    page: z.int(),
    per_page: whole(1),
  }) as unknown as z.ZodMiniType<PersonaListWire, unknown>;

const NAME = 'must have 1 to 100 characters';
const name = () => z.string(NAME).check(z.minLength(1, NAME), z.maxLength(100, NAME));

/** As a caller may write it. What the service itself sets is left out, so that what was read can be written back. */
const input = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.pipe(
    z.looseObject({ ...shape, ...categories(demographicInput(), attributesInput()) }).check(jsonSafe()),
    z.transform((value: Record<string, unknown>) => {
      const { id: _id, created_at: _created, updated_at: _updated, ...rest } = value;
      return Object.fromEntries(Object.entries(rest).filter(([, part]) => part !== null));
    }) as never,
  ) as z.ZodMiniType<Record<string, unknown>, unknown>;

export const personaCreate = () => input({ name: name() });
export const personaUpdate = () => input({ name: z.optional(name()) });
