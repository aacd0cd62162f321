import { jsonResponse } from '../../http.js';
import type { JsonObject, JsonValue } from '../../json/parse.js';
import { isDict } from '../../python.js';
import {
  CATEGORIES,
  type Category,
  type Fields,
  type PersonaDraft,
  type PersonaPatch,
} from '../../store/types.js';
import { requireWellFormed } from '../columns.js';
import { HttpError, type ToStored } from '../types.js';
import { COLUMNS, type FieldResult, isContainer, parseGeolocation, readField, readName } from './fields.js';
import { NULL_TEXT } from './published.js';

/** What is wrong with a body, by field. */
type Problems = Record<string, readonly string[]>;

interface ReadFields {
  readonly fields: Fields;
  readonly problems: Problems;
}

function failValidation(errors: Problems): never {
  throw new HttpError(jsonResponse(400, { message: 'Validation error', status_code: 400, errors }));
}

const isInvalid = (problems: Problems): boolean => Object.keys(problems).length > 0;

function requireObject(body: JsonValue): JsonObject {
  return isDict(body) ? body : failValidation({ _schema: ['Invalid input type.'] });
}

/** Reads every entry of an object, and collects values and problems. */
function readEntries(input: JsonObject, read: (name: string, value: JsonValue) => FieldResult): ReadFields {
  const results = Object.entries(input).map(([name, value]) => [name, read(name, value)] as const);
  return {
    fields: Object.fromEntries(
      results.flatMap(([name, result]) => ('value' in result ? [[name, result.value]] : [])),
    ),
    problems: Object.fromEntries(
      results.flatMap(([name, result]) => ('problems' in result ? [[name, result.problems]] : [])),
    ),
  };
}

const readCategoryFields = (category: Category, input: JsonObject): ReadFields =>
  readEntries(input, (name, value) => readField(category, name, value));

/** Reads a category inside a persona. The problems are the names of its faulty fields. */
function readNestedCategory(category: Category, value: JsonValue): FieldResult {
  if (value === null) return { value };
  if (!isDict(value)) return { problems: ['_schema'] };
  const { fields, problems } = readCategoryFields(category, value);
  return isInvalid(problems) ? { problems: Object.keys(problems) } : { value: fields };
}

/** Adds what the service stores for lists and maps that a create does not mention. */
function addEmptyColumns(category: Category, fields: Fields): Fields {
  const empty = [...COLUMNS[category]].flatMap(([name, type]) =>
    type === 'list' ? [[name, []]] : type === 'dict' ? [[name, {}]] : [],
  );
  return { ...Object.fromEntries(empty), ...fields };
}

/** Creates the functions that validate bodies. All problems of a body are in one response. */
export function createBodyReaders(published: boolean) {
  function toColumn(category: Category, name: string, value: unknown): unknown {
    if (typeof value === 'string') return requireWellFormed(value);
    return published && value === null && isContainer(category, name) ? NULL_TEXT : value;
  }

  /**
   * Converts the fields of a category to columns. `geolocation` has no column: it sets latitude and longitude.
   *
   * @throws {TypeError} if a string is not well-formed. Lists and maps are kept as ASCII text, which can hold any string.
   */
  function toColumns(category: Category, { geolocation, ...fields }: Fields): Fields {
    const columns = Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [name, toColumn(category, name, value)]),
    );
    return typeof geolocation === 'string' ? { ...columns, ...parseGeolocation(geolocation) } : columns;
  }

  function readPersona(body: JsonValue, requiredNames: readonly string[]): ToStored<PersonaPatch> {
    const input = requireObject(body);
    const { fields, problems } = readEntries(input, (key, value) => {
      if (key === 'name') return readName(value);
      const category = CATEGORIES.find((candidate) => candidate === key);
      return category ? readNestedCategory(category, value) : { problems: ['Unknown field.'] };
    });
    for (const name of requiredNames)
      if (!Object.hasOwn(input, name)) problems[name] = ['Missing data for required field.'];
    if (isInvalid(problems)) failValidation(problems);

    return () => {
      const { name, ...categories } = fields as PersonaPatch['categories'] & { name?: string };
      const stored = CATEGORIES.flatMap((category) => {
        const value = categories[category];
        if (value === null) throw new TypeError(`${category} is null`);
        return value === undefined ? [] : [[category, toColumns(category, value)]];
      });
      return {
        ...(name !== undefined && { name: requireWellFormed(name) }),
        categories: Object.fromEntries(stored),
      };
    };
  }

  function readDraft(body: JsonValue): ToStored<PersonaDraft> {
    const toPatch = readPersona(body, ['name']);
    return () => {
      const { name = '', categories } = toPatch();
      const entries = Object.entries(categories).map(([category, fields]) => [
        category,
        addEmptyColumns(category as Category, fields),
      ]);
      return { name, categories: Object.fromEntries(entries) };
    };
  }

  function readCategory(category: Category, body: JsonValue): ToStored<Fields> {
    const { fields, problems } = readCategoryFields(category, requireObject(body));
    return isInvalid(problems) ? failValidation(problems) : () => toColumns(category, fields);
  }

  return { readDraft, readPatch: (body: JsonValue) => readPersona(body, []), readCategory };
}
