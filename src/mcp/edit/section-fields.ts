import type * as z from 'zod/mini';
import { coerce } from '../coerce.js';
import type { DeploymentField, FieldDefinitions } from '../fields.js';
import type { View } from '../fit-to-budget.js';
import { createFieldSchemas } from '../input-schemas.js';
import type { SectionData } from '../persona-view.js';
import type { Section } from '../sections.js';
import { findIssues, toJsonSchema } from '../standard-schema.js';
import { mapShownKeys } from './entry-finder.js';
import { isShownAs } from './restore-text.js';

/** What is stored in a section. */
export interface StoredSection {
  readonly fields: SectionData;
  /** What a model sees of the fields. `undefined` if nothing is stored. */
  readonly view?: View | undefined;
  /** Fields whose stored values are invalid, so that the client omits them. */
  readonly invalidFields?: readonly string[];
  /** Whether the client hides the stored value of a field. */
  readonly isRedacted?: (field: string) => boolean;
}

/** The fields of a section: what the deployment defines, and what is stored. */
export class SectionFields {
  readonly #stored: StoredSection;
  readonly #dialect: FieldDefinitions['dialect'];
  readonly #definitions: ReadonlyMap<string, DeploymentField>;
  /** `undefined` while the fields of the deployment are unknown. */
  readonly #schemas: ReadonlyMap<string, z.ZodMiniType> | undefined;
  readonly #names: ReadonlyMap<string, string>;

  constructor(definitions: FieldDefinitions, section: Section, stored: StoredSection) {
    this.#stored = stored;
    this.#dialect = definitions.dialect;
    this.#definitions = new Map(definitions.sections?.[section]?.map((field) => [field.name, field]));
    this.#schemas = createFieldSchemas(definitions, section);
    this.#names = mapShownKeys([
      ...(this.#schemas?.keys() ?? []),
      ...Object.keys(stored.fields),
      ...(stored.invalidFields ?? []),
    ]);
  }

  /**
   * Finds the field that a model sees under this name. `undefined` if it is neither defined nor stored. While the definitions are
   * unknown, accepts any name.
   */
  findName(shownName: string): string | undefined {
    return this.#names.get(shownName) ?? (this.#schemas ? undefined : shownName);
  }

  /** The stored value. `undefined` if the field is not set. */
  read(name: string): unknown {
    return Object.hasOwn(this.#stored.fields, name) ? (this.#stored.fields[name] ?? undefined) : undefined;
  }

  /** What a model sees of the stored value. */
  view(name: string): View | undefined {
    return this.#stored.view?.entries.get(name);
  }

  isList(name: string): boolean {
    return this.#definitions.get(name)?.type === 'list';
  }

  /** Converts a value to the type of the field, and the shown form of an option to the option. */
  toDefined(name: string, value: unknown): unknown {
    const schema = this.#schemas?.get(name);
    const coerced = schema ? coerce(toJsonSchema(schema), value) : value;
    const { type, options = [] } = this.#definitions.get(name) ?? {};
    if (coerced === null && this.#dialect === 'attributes')
      return type === 'list' ? [] : type === 'dict' ? {} : null;
    const toOption = (text: unknown) =>
      typeof text !== 'string' || options.includes(text)
        ? text
        : (options.find((option) => isShownAs(option, text)) ?? text);
    return Array.isArray(coerced) ? coerced.map(toOption) : toOption(coerced);
  }

  findIssues(name: string, value: unknown): string[] {
    const schema = this.#schemas?.get(name);
    return schema && value !== null
      ? findIssues(schema, value).map(({ path, message }) => [...path, message].join(': '))
      : [];
  }
}
