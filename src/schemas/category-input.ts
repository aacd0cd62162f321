import * as z from 'zod/mini';
import { DEMOGRAPHIC_FIELD_ENTRIES, type DEMOGRAPHIC_FIELD_TYPES } from './categories.js';
import { nullish, openObject, optional } from './objects.js';
import { once } from './once.js';
import { copyPlainData, isPlainObject, UNREADABLE } from './plain-data.js';
import { suggestName } from './suggest-name.js';
import {
  addIssue,
  anyString,
  customSchema,
  type InputIssue,
  refine,
  runSchema,
  withIssues,
} from './validators.js';

const GEOLOCATION_PATTERN = /^\s*([+-]?\d+(?:\.\d+)?)\s*,\s*([+-]?\d+(?:\.\d+)?)\s*$/;

const WRITABLE_FIELDS: readonly string[] = [
  ...DEMOGRAPHIC_FIELD_ENTRIES.map(([field]) => field),
  'geolocation',
];

function createFieldSchemas(): Record<keyof typeof DEMOGRAPHIC_FIELD_TYPES, () => z.ZodMiniType> {
  const schemas = { number: nullish(z.number), string: nullish(anyString) };
  const entries = DEMOGRAPHIC_FIELD_ENTRIES.map(([field, type]) => [field, schemas[type]]);
  return Object.fromEntries(entries) as ReturnType<typeof createFieldSchemas>;
}

/** Validates the attributes of a category in an input. Accepts any field, because deployments add fields. */
export const attributesSchema = once(() =>
  z.custom<Record<string, unknown>>(isPlainObject, 'must be an object of fields'),
);

/** Validates `DemographicInput` by the rules of both dialects, and converts `geolocation`. */
export const demographicInputSchema = () =>
  z.pipe(
    withIssues(
      openObject({ ...createFieldSchemas(), geolocation: optional(anyString) }),
      // `attributes` silently drops unknown fields of `demographic`.
      (input) => findUnknownFields(removeRowIds(input), WRITABLE_FIELDS),
    ).check(
      refine(function* ({ geolocation, ...input }) {
        if (geolocation === undefined) return;
        if (input.latitude !== undefined || input.longitude !== undefined)
          yield [['geolocation'], 'must not be combined with latitude or longitude'];
        const [latitude, longitude] = parseGeolocation(geolocation);
        if (!(Math.abs(latitude) <= 90) || !(Math.abs(longitude) <= 180))
          yield [
            ['geolocation'],
            'must be "latitude,longitude" in degrees, from -90 to 90 and from -180 to 180',
          ];
      }),
    ),
    z.transform(({ geolocation, ...fields }) => {
      if (geolocation === undefined) return removeRowIds(fields);
      const [latitude, longitude] = parseGeolocation(geolocation);
      return { ...removeRowIds(fields), latitude, longitude };
    }),
  );

function parseGeolocation(geolocation: string): [latitude: number, longitude: number] {
  const [, latitude, longitude] = GEOLOCATION_PATTERN.exec(geolocation) ?? [];
  return [Number(latitude), Number(longitude)];
}

/** Finds fields with other names. The message lists the fields that a caller may write. */
export function* findUnknownFields(
  input: object,
  knownFields: readonly string[],
  writableFields = knownFields,
): Generator<InputIssue> {
  for (const [field, value] of Object.entries(input))
    if (value !== undefined && !knownFields.includes(field))
      yield [[field], `is not one of ${writableFields.join(', ')}${suggestName(field, writableFields)}`];
}

const MAX_JSON_ISSUES = 20;

/**
 * Converts input to what the client sends. The schema validates a copy, so the caller may change its input after the call.
 * Rejects what JSON cannot represent exactly. Rejects an object without fields, because services reject an empty body.
 */
export const sendable = <Input extends object>(
  schema: z.ZodMiniType<Input, unknown>,
  convert: (input: Input) => object = (input) => input,
) =>
  customSchema<Record<string, unknown>>((payload) => {
    const { value: input, issues } = payload;
    const jsonIssues: typeof issues = [];
    const copy = copyPlainData(input, (path, problem) => {
      const message = `cannot be sent as JSON: ${problem}`;
      return jsonIssues.push({ code: 'custom', path: [...path], message, input }) < MAX_JSON_ISSUES;
    });
    const isWholeCopy =
      jsonIssues.length < MAX_JSON_ISSUES && !jsonIssues.some(({ message }) => message?.endsWith(UNREADABLE));
    const parsed = runSchema(schema, copy);
    issues.push(...(isWholeCopy && parsed.issues.length > 0 ? parsed.issues : jsonIssues));
    if (issues.length > 0) return;
    payload.value = convert(parsed.value);
    if (Object.keys(payload.value as object).length === 0)
      addIssue(payload, [], 'must have at least one field');
  });

/**
 * Removes the ids of the database row, so that a caller can write back a category that it has read.
 *
 * Services return these ids in `demographic`. Services of the `subresource` dialect return them in every category, and
 * reject them in requests. In the other categories of the `attributes` dialect, they are fields like any other.
 */
export function removeRowIds<T extends object>(fields: T): Omit<T, 'id' | 'persona_id'> {
  const { id, persona_id, ...rest } = fields as T & { id?: unknown; persona_id?: unknown };
  return Number.isSafeInteger(persona_id) ? rest : fields;
}
