import type { Call } from '../../core/call.js';
import type { InvalidField } from '../../core/events.js';
import type { ParsedJson } from './parse-json.js';
import { CATEGORY_NAMES, isRecord, MAX_REPORTED_FIELDS, REQUIRED_FIELDS } from './wire-data.js';

type Path = readonly string[];

/** A persona in a response. Its invalid fields can be omitted one by one. */
export class PersonaRow {
  /** The omitted fields, or the fields that make the row unusable. At most 20. */
  readonly invalidFields: InvalidField[] = [];
  isUsable = true;
  readonly #json: ParsedJson;
  readonly #persona: unknown;
  readonly #category: string | undefined;
  readonly #personaId: number | undefined;
  readonly #restorers: (() => void)[] = [];

  /**
   * @param value the persona, or one category of it.
   * @param category name of the category, if the value is one.
   */
  constructor(call: Call, json: ParsedJson, value: unknown, category?: string) {
    this.#json = json;
    this.#persona = category ? { [category]: value } : value;
    this.#category = category;
    const id = call.personaId ?? this.#read(['id']);
    this.#personaId = Number.isSafeInteger(id) && Number(id) > 0 ? Number(id) : undefined;
  }

  /** Omits each field whose value no JavaScript value represents exactly. */
  omitInexactFields(): void {
    for (const path of this.#listPaths()) {
      const rule = this.#json.findRule(this.#read(path));
      if (rule) this.#omit(path, rule);
    }
  }

  /**
   * Omits the field that an issue names.
   *
   * @param issuePath path in the value of the row.
   * @param isRedefined whether the caller or the deployment gives the field another type. The row then keeps it.
   */
  async omitField(
    issuePath: Path,
    rule: string,
    isRedefined: (category: string, field: string) => Promise<boolean>,
  ): Promise<void> {
    const [name, field] = this.#category ? [this.#category, ...issuePath] : issuePath;
    if (name === undefined) this.#omit([], rule);
    else if (field === undefined || !CATEGORY_NAMES.includes(name)) this.#omit([name], rule);
    else if (await isRedefined(name, field)) this.#setAside([name, field]);
    else this.#omit([name, field], rule); // a write replaces the field as a whole, so the whole field is omitted
  }

  /** Puts back the redefined fields, which the response schema does not accept. */
  restoreRedefinedFields(): void {
    for (const restore of this.#restorers) restore();
  }

  /** The paths of all fields: those of a category one by one. */
  *#listPaths(): Generator<Path> {
    if (!isRecord(this.#persona)) return yield [];
    for (const [name, value] of Object.entries(this.#persona))
      if (CATEGORY_NAMES.includes(name) && isRecord(value))
        for (const field of Object.keys(value)) yield [name, field];
      else yield [name];
  }

  #omit(path: Path, rule: string): void {
    if (this.invalidFields.some((invalid) => String(invalid.path) === String(path))) return;
    const value = this.#read(path);
    const [name, field] = path;
    const isRequired = name === undefined || name === this.#category || REQUIRED_FIELDS.includes(name);
    const isRowInvalid = field === undefined && isRequired;
    if (isRowInvalid) this.isUsable = false;
    else this.#delete(path);
    if (this.invalidFields.length === MAX_REPORTED_FIELDS) return;
    this.invalidFields.push({
      ...(this.#personaId !== undefined && { personaId: this.#personaId }),
      path,
      rule,
      omitted: isRowInvalid ? 'row' : 'field',
      ...(value !== undefined && { value: this.#json.findRule(value) ? this.#json.stringify(value) : value }),
    });
  }

  #setAside(path: Path): void {
    const value = this.#read(path);
    this.#delete(path);
    this.#restorers.push(() => Reflect.set(Object(this.#read(path.slice(0, -1))), path.at(-1) ?? '', value));
  }

  #read(path: Path): unknown {
    return path.reduce((value: unknown, key) => (isRecord(value) ? value[key] : undefined), this.#persona);
  }

  #delete(path: Path): void {
    Reflect.deleteProperty(Object(this.#read(path.slice(0, -1))), path.at(-1) ?? '');
  }
}
