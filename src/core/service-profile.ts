import type { AttributeValues, FieldConfig } from '../schemas/field-config.js';
import type { FieldRules } from '../schemas/field-rules.js';
import { type AbortSignalLike, raceAbort } from './abort.js';
import type { PersonaIssue } from './errors/index.js';
import type { Events } from './events.js';
import type { HttpResponse } from './response.js';

/** Which of the two services is this (wire contract): categories under the persona, or under its `attributes`. */
export type Dialect = 'subresource' | 'attributes';

/** What is known about the deployment behind the base URL; it grows as answers come in. */
export class ServiceProfile {
  #dialect: Dialect | undefined;
  #fieldConfig: FieldConfig | undefined;
  #rules: FieldRules | undefined;
  #asking: Promise<Dialect> | undefined;
  readonly #events: Events;

  constructor(pinned: Dialect | 'auto', events: Events) {
    this.#dialect = pinned === 'auto' ? undefined : pinned;
    this.#events = events;
  }

  /** Where it is known. */
  get dialect(): Dialect | undefined {
    return this.#dialect;
  }

  /** Learn from an answer what it happens to tell. */
  learn(answer: HttpResponse): void {
    if (this.#dialect === undefined) this.#know(dialectOf(answer.body));
  }

  /** The deployment's own fields, once they were read. */
  configure(fieldConfig: FieldConfig): void {
    const before = this.#fieldConfig;
    this.#fieldConfig = fieldConfig;
    this.#rules = undefined;
    if (before && JSON.stringify(before) !== JSON.stringify(fieldConfig))
      import('../schemas/drift.js').then(
        ({ driftOf }) => {
          const drift = driftOf(before, fieldConfig);
          if (drift.changes.length > 0) this.#events.emit('schemaDrift', drift);
        },
        () => {}, // what cannot be loaded must not break a read
      );
  }

  /** The dialect, by asking if need be: once for all callers, and again only after a failure. */
  async resolve(ask: () => Promise<Dialect>, signal: AbortSignalLike): Promise<Dialect> {
    if (this.#dialect !== undefined) return this.#dialect;
    this.#asking ??= ask()
      .then((dialect) => this.#know(dialect) ?? dialect)
      .finally(() => {
        this.#asking = undefined;
      });
    return raceAbort(this.#asking, signal);
  }

  #know(dialect: Dialect | undefined): Dialect | undefined {
    if (this.#dialect === undefined && dialect !== undefined) {
      this.#dialect = dialect;
      this.#events.emit('dialect', { dialect });
    }
    return this.#dialect;
  }

  /** Only the `attributes` dialect has a field-config to check against (wire contract). */
  get checksFields(): boolean {
    return this.#dialect === 'attributes';
  }

  /** The deployment's own fields are known, or there are none to know. */
  get hasFieldConfig(): boolean {
    return this.#fieldConfig !== undefined || !this.checksFields;
  }

  /** What the service is sure to refuse. */
  async findInvalidFields(attributes: readonly AttributeValues[]): Promise<PersonaIssue[]> {
    if (!this.checksFields || attributes.length === 0) return [];
    return import('../schemas/field-rules.js').then(
      ({ rulesOf }) => {
        this.#rules ??= rulesOf(this.#fieldConfig);
        return attributes.flatMap(this.#rules);
      },
      () => [], // what cannot be loaded is left to the service
    );
  }
}

/** What the service itself refuses with. Other statuses may come from something in front of it, which speaks no dialect. */
const OWN_ERRORS: ReadonlySet<unknown> = new Set([400, 404]);

/** Only the `attributes` dialect counts pages; only `subresource` repeats the status in an error, and the row's keys in a category. */
export function dialectOf(body: unknown): Dialect | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  if ('personas' in body && 'per_page' in body) return 'pages' in body ? 'attributes' : 'subresource';
  if ('status_code' in body && 'message' in body && OWN_ERRORS.has(body.status_code)) return 'subresource';
  if ('name' in body)
    for (const category of ['psychographic', 'behavioral', 'contextual'] as const) {
      const data = (body as Record<string, unknown>)[category];
      if (isRow(data)) return 'subresource';
    }
  return undefined;
}

const isRow = (data: unknown): boolean =>
  typeof data === 'object' &&
  data !== null &&
  ['id', 'persona_id'].every((key) => Number.isSafeInteger((data as Record<string, unknown>)[key]));
