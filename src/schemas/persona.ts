import type * as z from 'zod/mini';
import { boundedArray } from './bounded.js';
import {
  type Behavioral,
  CATEGORIES,
  type Category,
  type Contextual,
  type Demographic,
  type DemographicInput,
  type Psychographic,
} from './categories.js';
import { attributesSchema, demographicInputSchema, findUnknownFields, sendable } from './category-input.js';
import { categorySchema } from './category-schemas.js';
import { nullish, openObject, optional } from './objects.js';
import { once } from './once.js';
import {
  addIssue,
  anyString,
  customSchema,
  type InputIssue,
  integer,
  numberWhere,
  typeMismatch,
  withIssues,
} from './validators.js';

/** A persona. A category is absent or `null` if no field in it was ever set. */
export interface Persona {
  /** Positive integer that the service assigns. */
  id: number;
  /** Name of the persona. */
  name: string;
  /** ISO 8601 in UTC, with `Z`. The service omits the time zone; the client adds it. */
  created_at: string;
  /** ISO 8601 in UTC, with `Z`. Lists are sorted by this time, newest first. */
  updated_at: string;
  /** Demographic data, such as age and location. Absent or `null` if never written. This applies to all categories. */
  demographic?: Demographic | null;
  /** Psychographic data, such as interests and values. */
  psychographic?: Psychographic | null;
  /** Behavioral data, such as purchases and device usage. */
  behavioral?: Behavioral | null;
  /** Contextual data, such as time of day, season and device. */
  contextual?: Contextual | null;
}

/** Input of `personas.create`. Only `name` is required. */
export interface PersonaCreate {
  /** Name. The dialect `subresource` requires 1 to 100 characters: code points, so an emoji is one. `attributes` has no limit. */
  name: string;
  /** Demographic data. `null` means the same as omitting the category. This applies to all categories. */
  demographic?: DemographicInput | null;
  /** Psychographic data, such as interests and values. */
  psychographic?: Psychographic | null;
  /** Behavioral data, such as purchases and device usage. */
  behavioral?: Behavioral | null;
  /** Contextual data, such as time of day, season and device. */
  contextual?: Contextual | null;
}

/**
 * Input of `personas.update`. Omitted categories, and omitted fields of a category, keep their values.
 *
 * - A field that is `null` is cleared. In the dialect `attributes`, write `[]` and `{}` to clear lists and maps.
 * - A category that is `null` is invalid, because services cannot clear a whole category. Exception: in a persona that the
 *   client returned, `null` means that the category was never set. The update does not change it.
 */
export type PersonaUpdate = Partial<PersonaCreate>;

export const personaIdSchema = once(() => integer(1));

const categoryFields = (create: (category: Category) => z.ZodMiniType) =>
  Object.fromEntries(CATEGORIES.map((category) => [category, nullish(() => create(category))]));

/** The service sends UTC without a time zone, which `Date` would read as local time. */
const addTimeZone = (text: string): string => (/(?:Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`);

const isTimestamp = (text: string): boolean =>
  /^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(addTimeZone(text)));

export const timestampSchema = once(() =>
  customSchema<string>((payload) => {
    const { value } = payload;
    if (typeof value !== 'string') addIssue(payload, [], typeMismatch('string', value));
    else if (isTimestamp(value)) payload.value = addTimeZone(value);
    else addIssue(payload, [], 'must be an ISO 8601 date and time');
  }),
);

/** Validates a persona in a response, and keeps unknown fields. */
export const personaSchema = once(
  () =>
    openObject({
      id: personaIdSchema,
      name: anyString,
      created_at: timestampSchema,
      updated_at: timestampSchema,
      ...categoryFields(categorySchema),
    }) as unknown as z.ZodMiniType<Persona, unknown>,
);

/** The body of a response with one page of personas. */
export interface PersonaListWire {
  personas: Persona[];
  total: number;
  page: number;
  per_page: number;
}

/** Validates a page of the list in a response, and keeps unknown fields. */
export const personaListSchema = () =>
  openObject({
    personas: () => boundedArray(personaSchema()),
    total: () => integer(0),
    page: () => numberWhere(Number.isSafeInteger, 'must be a whole number'),
    per_page: () => integer(1),
  }) as unknown as z.ZodMiniType<PersonaListWire, unknown>;

const READ_ONLY_FIELDS = ['id', 'created_at', 'updated_at'];
const WRITABLE_FIELDS = ['name', ...CATEGORIES];
const KNOWN_FIELDS = [...READ_ONLY_FIELDS, ...WRITABLE_FIELDS];

type PersonaInput = Readonly<Record<string, unknown>>;

/** Validates the types of a persona to write, and keeps unknown fields. */
export const personaFieldsSchema = (name: () => z.ZodMiniType = anyString) =>
  openObject({
    name,
    ...categoryFields((category) =>
      category === 'demographic' ? demographicInputSchema() : attributesSchema(),
    ),
  });

/**
 * Validates a persona to write by the rules that both dialects share.
 *
 * Removes the fields that the service sets, so that a caller can write back a persona that it has read. Also removes
 * categories that are `null`.
 */
const personaInputSchema = (
  name: () => z.ZodMiniType,
  findIssues: (input: PersonaInput) => Iterable<InputIssue>,
): z.ZodMiniType<Record<string, unknown>, unknown> =>
  sendable(withIssues(personaFieldsSchema(name), findIssues), (input) =>
    Object.fromEntries(
      Object.entries(input).filter(([key, field]) => field !== null && !READ_ONLY_FIELDS.includes(key)),
    ),
  );

/** Finds fields that `attributes` silently drops. */
const findUnknown = (input: PersonaInput) => findUnknownFields(input, KNOWN_FIELDS, WRITABLE_FIELDS);

/** A new persona has no data to clear, so `null` means the same as omitting the category. */
export const personaCreateSchema = () => personaInputSchema(anyString, findUnknown);

/**
 * Services cannot clear a category, so an update rejects `null`. Only in a persona that was read, `null` means that the
 * category was never set. Such a persona has a time of creation, and in the `subresource` dialect all categories.
 */
export const personaUpdateSchema = () =>
  personaInputSchema(optional(anyString), function* (input) {
    yield* findUnknown(input);
    if ('created_at' in input || CATEGORIES.every((category) => category in input)) return;
    for (const category of CATEGORIES)
      if (input[category] === null)
        yield [
          [category],
          'cannot be cleared as a whole. Set its fields to null, its lists to [] and its maps to {}',
        ];
  });
