import type { InvalidField, RequestOptions } from '../index.js';
import { FIELD_NAME_PATTERN } from './fields.js';
import type { Section } from './sections.js';

const MAX_NAMED_FIELDS = 3;

/** The result of a call, and a sentence about the invalid data that it lacks. */
export interface NotedResult<Data> {
  readonly data: Data;
  /** `undefined` if the result lacks nothing. */
  readonly omissionNote: string | undefined;
}

/** Collects the invalid stored data that the results of calls lack. */
export class OmittedData {
  /** By persona and path, because an iteration may read a page several times. */
  readonly #fields = new Map<string, InvalidField>();

  /** The request option `onInvalidFields`. */
  readonly add = (fields: readonly InvalidField[]): void => {
    for (const field of fields) this.#fields.set(JSON.stringify([field.personaId, field.path]), field);
  };

  /** The names of the omitted fields of a section. */
  fieldsOf(section: Section): string[] {
    return [...this.#fields.values()].flatMap(({ path: [first, field] }) =>
      first === section && field !== undefined ? [field] : [],
    );
  }

  /** A sentence about the data. `undefined` if the results lack nothing. */
  get note(): string | undefined {
    return describeOmissions([...this.#fields.values()]);
  }
}

/** Runs one call, and describes the data that its result lacks. */
export async function readWithNote<Data>(
  read: (options: Pick<RequestOptions, 'onInvalidFields'>) => Promise<Data>,
): Promise<NotedResult<Data>> {
  const omittedData = new OmittedData();
  return { data: await read({ onInvalidFields: omittedData.add }), omissionNote: omittedData.note };
}

/** Describes the omitted fields, without values. Hides names that may be instructions to the model. */
function describeOmissions(invalidFields: readonly InvalidField[]): string | undefined {
  if (invalidFields.length === 0) return undefined;
  const names = invalidFields.slice(0, MAX_NAMED_FIELDS).map(({ personaId, path }) => {
    const name = path.map((key) => (FIELD_NAME_PATTERN.test(key) ? key : '…')).join('.');
    return `${name} of persona ${personaId ?? 'without id'}`;
  });
  const rest = invalidFields.length - names.length;
  return `Omitted, because the stored data is invalid: ${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}.`;
}
