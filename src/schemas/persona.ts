import * as z from 'zod/mini';
import {
  attributesInputSchema,
  type Behavioral,
  type Category,
  type Contextual,
  type Demographic,
  type DemographicInput,
  demographicInputSchema,
  type Psychographic,
} from './categories.js';
import { categorySchemas } from './category-schemas.js';
import { jsonSafe } from './json.js';
import { once } from './once.js';
import { integer, refine } from './validators.js';

/** A persona. A category is absent or `null` if no field in it was ever set. */
export interface Persona {
  id: number;
  name: string;
  /** ISO 8601 in UTC, with `Z`. The service omits the time zone; the client adds it. */
  created_at: string;
  /** ISO 8601 in UTC, with `Z`. Lists are sorted by this time, newest first. */
  updated_at: string;
  demographic?: Demographic | null;
  psychographic?: Psychographic | null;
  behavioral?: Behavioral | null;
  contextual?: Contextual | null;
}

/** Input of `personas.create`. Only `name` is required. */
export interface PersonaCreate {
  /** 1 to 100 characters. */
  name: string;
  /** `null` means the same as omitting the category. This applies to all categories. */
  demographic?: DemographicInput | null;
  psychographic?: Psychographic | null;
  behavioral?: Behavioral | null;
  contextual?: Contextual | null;
}

/** Input of `personas.update`. Omitted categories, and omitted fields of a category, keep their values. */
export type PersonaUpdate = Partial<PersonaCreate>;

export const personaIdSchema = once(() => integer(1));

const categoryShape = (schemas: Readonly<Record<Category, z.ZodMiniType>>) =>
  Object.fromEntries(Object.entries(schemas).map(([category, schema]) => [category, z.nullish(schema)]));

/** The service sends UTC without a time zone, which `Date` would read as local time. */
const addTimeZone = (text: string): string => (/(?:Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`);

const isTimestamp = (text: string): boolean =>
  /^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(addTimeZone(text)));

/** Validates a persona in a response, and keeps unknown fields. */
export const personaSchema = once(() => {
  const timestampSchema = z.pipe(
    z
      .string()
      .check(refine((text) => (isTimestamp(text) ? [] : [[[], 'must be an ISO 8601 date and time']]))),
    z.transform(addTimeZone),
  );
  return z.looseObject({
    id: personaIdSchema(),
    name: z.string(),
    created_at: timestampSchema,
    updated_at: timestampSchema,
    ...categoryShape(categorySchemas()),
  }) as unknown as z.ZodMiniType<Persona, unknown>;
});

/** The body of a response with one page of personas. */
export interface PersonaListWire {
  personas: Persona[];
  total: number;
  page: number;
  per_page: number;
}

/** Validates a page of the list in a response, and keeps unknown fields. */
export const personaListSchema = () =>
  z.looseObject({
    personas: z.array(personaSchema()),
    total: integer(0),
    page: z.int(),
    per_page: integer(1),
  }) as unknown as z.ZodMiniType<PersonaListWire, unknown>;

const NAME_RULE = 'must have 1 to 100 characters';
const nameSchema = () => z.string(NAME_RULE).check(z.minLength(1, NAME_RULE), z.maxLength(100, NAME_RULE));

/**
 * Validates a persona to write, and removes categories that are `null`.
 *
 * Also removes the fields that the service sets, so that a caller can write back a persona that it has read.
 */
const personaInputSchema = <Shape extends z.core.$ZodLooseShape>(shape: Shape) => {
  const attributes = attributesInputSchema();
  const categories = {
    demographic: demographicInputSchema(),
    psychographic: attributes,
    behavioral: attributes,
    contextual: attributes,
  };
  return z.pipe(
    z.looseObject({ ...shape, ...categoryShape(categories) }).check(jsonSafe()),
    z.transform((value: Record<string, unknown>) => {
      const { id: _id, created_at: _created, updated_at: _updated, ...rest } = value;
      return Object.fromEntries(Object.entries(rest).filter(([, field]) => field !== null));
    }) as never,
  ) as z.ZodMiniType<Record<string, unknown>, unknown>;
};

export const personaCreateSchema = () => personaInputSchema({ name: nameSchema() });
export const personaUpdateSchema = () => personaInputSchema({ name: z.optional(nameSchema()) });
