import type { AttributeValues, FieldConfig } from '../schemas/field-config.js';
import type { FieldValidator } from '../schemas/field-validator.js';
import type { AbortSignalLike } from './abort.js';
import type { Call } from './call.js';
import { hasHigherAttemptLimits } from './call-limits.js';
import { sleepAwareNow } from './clock.js';
import { type Dialect, detectDialect } from './dialect.js';
import { isUnavailable, type PersonaIssue } from './errors/index.js';
import type { EventEmitter } from './event-emitter.js';
import type { HttpResponse } from './response.js';
import { escapeControls } from './safe-text.js';
import { SharedWork } from './shared-work.js';

const VERIFIED_FOR_MS = 10_000;

/** Stores the dialect and the field config of the service. Responses update both. */
export class ServiceProfile {
  /** Whether responses determine the dialect. `false` if the option `dialect` sets it. */
  readonly detectsDialect: boolean;
  /**
   * Whether the service returns lists as the characters of their JSON text. `undefined` until a response shows it.
   * A later response can show the opposite, because a service can be upgraded or rolled back.
   */
  returnsCharacters: boolean | undefined;
  /** Finds out `returnsCharacters`. */
  readonly #verification: SharedWork<boolean | undefined>;
  #dialect: Dialect | undefined;
  /** Start of the request whose response showed the dialect. Responses to earlier requests may be outdated. */
  #shownAt = 0;
  #fieldConfig: FieldConfig | undefined;
  #validateFields: FieldValidator | undefined;
  readonly #detection: SharedWork<Dialect>;
  /** The call that started the current or the last detection. */
  #detectingCall: Call | undefined;
  /** Until when each operation trusts the dialect, by `sleepAwareNow()`. Limits the requests to a service that lacks a route. */
  readonly #verifiedUntil = new Map<string, number>();
  readonly #events: EventEmitter;

  /** @param timeoutMs maximum age of a detection or verification that shows no progress. */
  constructor(dialect: Dialect | 'auto', events: EventEmitter, timeoutMs: number) {
    this.#detection = new SharedWork(timeoutMs);
    this.#verification = new SharedWork(timeoutMs);
    this.detectsDialect = dialect === 'auto';
    this.#dialect = dialect === 'auto' ? undefined : dialect;
    this.#events = events;
  }

  /** `undefined` until it is configured or detected. */
  get dialect(): Dialect | undefined {
    return this.#dialect;
  }

  /**
   * Detects or corrects the dialect from a response. Ignores what the response shows if the dialect is configured.
   *
   * An error can set the dialect while it is unknown, but never corrects it, because a proxy may send the errors of an old
   * service.
   */
  updateFromResponse(response: HttpResponse, path: string, startedAt: number): void {
    if (!this.detectsDialect || startedAt < this.#shownAt || (this.#dialect && response.status >= 300))
      return;
    const dialect = detectDialect(response, path);
    if (!dialect) return;
    this.#shownAt = startedAt;
    this.#setDialect(dialect);
  }

  /** Stores the field config, and emits `schemaDrift` if it has changed. */
  setFieldConfig(fieldConfig: FieldConfig): void {
    const previous = this.#fieldConfig;
    this.#fieldConfig = fieldConfig;
    this.#validateFields = undefined;
    if (previous && JSON.stringify(previous) !== JSON.stringify(fieldConfig))
      import('../schemas/diff-field-configs.js').then(
        ({ diffFieldConfigs }) => {
          if (!this.#events.hasListeners('schemaDrift')) return;
          const drift = diffFieldConfigs(previous, fieldConfig, escapeControls);
          if (drift.changes.length > 0) this.#events.emit('schemaDrift', drift);
        },
        () => {}, // a failed import must not fail the read
      );
  }

  /**
   * Detects the dialect, even if it is known. Concurrent callers share one detection, with the limits of the call that
   * started it.
   *
   * If a shared detection fails, a call that joined it may detect the dialect itself. If the service was unavailable, only a call
   * that allows more attempts or longer ones does so. After any other error, each call does so once.
   *
   * @param call its signal aborts the wait, not the detection.
   */
  async detect(detectDialect: () => Promise<Dialect>, call: Call): Promise<Dialect> {
    let isOwner = false;
    const start = async () => {
      isOwner = true;
      this.#detectingCall = call;
      return this.#setDialect(await detectDialect());
    };
    for (let mayRepeat = true; ; ) {
      const owner = this.#detectingCall;
      try {
        return await this.#detection.runWhileAlive(start, call.signal);
      } catch (error) {
        if (isOwner || call.signal.aborted) throw error;
        const hasResponse = !isUnavailable(error); // for example, the user of the other call lacks a permission
        if (hasResponse ? !mayRepeat : !owner || !hasHigherAttemptLimits(call, owner)) throw error;
        if (hasResponse) mayRepeat = false;
      }
    }
  }

  /**
   * Finds out `returnsCharacters`. Concurrent callers share one verification. If the verification of another caller is
   * inconclusive, verifies again.
   *
   * @param signal aborts the wait, not the verification.
   */
  async verifyLists(
    verify: () => Promise<boolean | undefined>,
    signal: AbortSignalLike,
  ): Promise<boolean | undefined> {
    const isShared = this.#verification.isRunning;
    const found = await this.#verification.runWhileAlive(verify, signal);
    const evidence =
      isShared && found === undefined ? await this.#verification.runWhileAlive(verify, signal) : found;
    if (evidence !== undefined) this.returnsCharacters = evidence;
    return evidence;
  }

  /**
   * Detects the dialect again, because the service may have been upgraded or rolled back. Does nothing if the dialect is
   * configured, or has changed since. Also does nothing if this operation has verified it in the last 10 seconds.
   *
   * @param dialect the dialect in doubt: the operation's route is missing, or the client responds without a request.
   */
  async verifyDialect(
    dialect: Dialect | undefined,
    detectDialect: () => Promise<Dialect>,
    call: Call,
  ): Promise<void> {
    const { name: operation, signal } = call;
    const isVerified = sleepAwareNow() < (this.#verifiedUntil.get(operation) ?? 0);
    if (isVerified || !this.detectsDialect || this.#dialect !== dialect) return;
    await this.detect(detectDialect, call).catch(() => {});
    signal.throwIfAborted();
    if (this.#dialect === dialect) this.#verifiedUntil.set(operation, sleepAwareNow() + VERIFIED_FOR_MS);
  }

  #setDialect(dialect: Dialect): Dialect {
    if (this.#dialect !== dialect) {
      this.#dialect = dialect;
      this.#events.emit('dialect', { dialect });
    }
    return dialect;
  }

  /** Only the `attributes` dialect has a field config to validate against. */
  get supportsFieldConfig(): boolean {
    return this.#dialect === 'attributes';
  }

  /** The service's field config. `undefined` until a response contains it. */
  get fieldConfig(): FieldConfig | undefined {
    return this.#fieldConfig;
  }

  /** Finds values that do not match the field config, or the default fields while the config is unknown. */
  async findInvalidFields(attributes: readonly AttributeValues[]): Promise<PersonaIssue[]> {
    if (!this.supportsFieldConfig) return [];
    return import('../schemas/field-validator.js').then(
      ({ createFieldValidator }) => {
        this.#validateFields ??= createFieldValidator(this.#fieldConfig);
        return attributes.flatMap(this.#validateFields);
      },
      () => [], // if the import fails, the service validates
    );
  }
}
