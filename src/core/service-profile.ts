import type { AttributeValues, FieldConfig } from '../schemas/field-config.js';
import type { FieldValidator } from '../schemas/field-validator.js';
import { type AbortSignalLike, raceAbort } from './abort.js';
import { type Dialect, detectDialect } from './dialect.js';
import type { PersonaIssue } from './errors/index.js';
import type { EventEmitter } from './event-emitter.js';
import type { HttpResponse } from './response.js';

/** Stores the dialect and the field config of the service. Responses update both. */
export class ServiceProfile {
  /**
   * Whether the service returns lists as the characters of their JSON text. `undefined` until a response shows it.
   * A later response can show the opposite, because a service can be upgraded or rolled back.
   */
  returnsCharacters: boolean | undefined;
  /** The request in progress that finds out `returnsCharacters`. Calls at the same time wait for it. */
  pendingVerification: Promise<boolean | undefined> | undefined;
  #dialect: Dialect | undefined;
  #fieldConfig: FieldConfig | undefined;
  #validateFields: FieldValidator | undefined;
  /** The detection in progress. All callers share it. */
  #pendingDetection: Promise<Dialect> | undefined;
  readonly #events: EventEmitter;

  constructor(dialect: Dialect | 'auto', events: EventEmitter) {
    this.#dialect = dialect === 'auto' ? undefined : dialect;
    this.#events = events;
  }

  /** `undefined` until it is configured or detected. */
  get dialect(): Dialect | undefined {
    return this.#dialect;
  }

  /** Detects the dialect from a response, if it is still unknown. */
  updateFromResponse(response: HttpResponse): void {
    if (this.#dialect === undefined) this.#setDialect(detectDialect(response.body));
  }

  /** Stores the field config, and emits `schemaDrift` if it has changed. */
  setFieldConfig(fieldConfig: FieldConfig): void {
    const previous = this.#fieldConfig;
    this.#fieldConfig = fieldConfig;
    this.#validateFields = undefined;
    if (previous && JSON.stringify(previous) !== JSON.stringify(fieldConfig))
      import('../schemas/diff-field-configs.js').then(
        ({ diffFieldConfigs }) => {
          const drift = diffFieldConfigs(previous, fieldConfig);
          if (drift.changes.length > 0) this.#events.emit('schemaDrift', drift);
        },
        () => {}, // a failed import must not fail the read
      );
  }

  /**
   * Returns the dialect. While it is unknown, all callers share one probe. After a failed probe, the next caller probes
   * again.
   *
   * @param signal aborts the wait, not the probe.
   */
  async resolveDialect(probe: () => Promise<Dialect>, signal: AbortSignalLike): Promise<Dialect> {
    if (this.#dialect !== undefined) return this.#dialect;
    this.#pendingDetection ??= probe()
      .then((dialect) => this.#setDialect(dialect) ?? dialect)
      .finally(() => {
        this.#pendingDetection = undefined;
      });
    return raceAbort(this.#pendingDetection, signal);
  }

  /** Sets the dialect unless it is known. Returns the dialect, if any. */
  #setDialect(dialect: Dialect | undefined): Dialect | undefined {
    if (this.#dialect === undefined && dialect !== undefined) {
      this.#dialect = dialect;
      this.#events.emit('dialect', { dialect });
    }
    return this.#dialect;
  }

  /** Only the `attributes` dialect has a field config to validate against. */
  get supportsFieldConfig(): boolean {
    return this.#dialect === 'attributes';
  }

  /** The service's field config. `undefined` until a response contains it. */
  get fieldConfig(): FieldConfig | undefined {
    return this.#fieldConfig;
  }

  /** Whether the service's field config is known. Until then, `findInvalidFields` checks the default fields. */
  get hasFieldConfig(): boolean {
    return this.#fieldConfig !== undefined;
  }

  /** Finds values that do not match the field config, or the default fields while the config is unknown. */
  async findInvalidFields(attributes: readonly AttributeValues[]): Promise<PersonaIssue[]> {
    if (!this.supportsFieldConfig || attributes.length === 0) return [];
    return import('../schemas/field-validator.js').then(
      ({ createFieldValidator }) => {
        this.#validateFields ??= createFieldValidator(this.#fieldConfig);
        return attributes.flatMap(this.#validateFields);
      },
      () => [], // if the import fails, the service validates
    );
  }
}
