import type { ResolvedOptions } from '../config/resolve-options.js';
import type { Call } from '../core/call.js';
import type { Dialect } from '../core/dialect.js';
import { PersonaError } from '../core/errors/index.js';
import { monotonicNow } from '../core/monotonic-now.js';
import type { ServiceProfile } from '../core/service-profile.js';
import type { FieldConfig } from '../schemas/field-config.js';
import { assertCurrentEpoch } from './assert-epoch.js';
import type { EncodeRequests } from './encode.js';
import { type Endpoint, lacksRoute, type Run } from './endpoint.js';
import type { PendingCall } from './start.js';

/**
 * Detects the dialect with other routes than the list.
 *
 * @throws `listError` if no other route shows the dialect.
 */
export type DetectWithoutList = (
  listError: unknown,
  call: Call,
  context: {
    readonly listProbe: Endpoint<object, object, Dialect>;
    readonly run: Run;
    /** The dialect before this detection. The service lacks a route of this dialect. `undefined` if it was unknown. */
    readonly previousDialect: Dialect | undefined;
    /** Returns the dialect that a response has shown since, if it differs from `previousDialect`. */
    readonly findNewDialect: () => Dialect | undefined;
  },
) => Promise<Dialect>;

interface SubCallContext {
  readonly options: ResolvedOptions;
  readonly profile: ServiceProfile;
  readonly dialectEndpoint: () => Endpoint<object, object, Dialect>;
  readonly importDetectWithoutList: () => Promise<DetectWithoutList>;
  readonly fieldConfigEndpoint: () => Endpoint<object, FieldConfig, FieldConfig>;
}

/** @param call the parent of the sub-calls: the pending call by default, or the shared read that it started. */
export type CreateSubCalls = (pending: PendingCall<unknown>, call?: Call) => SubCalls;

/**
 * Runs the additional calls that a call needs: dialect detection, field config, recovery and reconciliation.
 *
 * They inherit the options of the call and, except for dialect detection, its signal, deadline and user.
 */
export class SubCalls implements EncodeRequests {
  readonly #context: SubCallContext;
  readonly #pending: PendingCall<unknown>;
  readonly #call: Call;

  constructor(context: SubCallContext, pending: PendingCall<unknown>, call: Call) {
    this.#context = context;
    this.#pending = pending;
    this.#call = call;
  }

  detectDialect(): Promise<Dialect> {
    return this.#context.profile.detect(() => this.#detectDialect(), this.#call);
  }

  /** Detects the dialect again, because the service may have changed. */
  verifyDialect(dialect: Dialect | undefined): Promise<void> {
    return this.#context.profile.verifyDialect(dialect, () => this.#detectDialect(), this.#call);
  }

  /** Returns whether a call failed because the service was upgraded or rolled back, and has another dialect now. */
  async isDialectOutdated(
    endpoint: Pick<Endpoint<never, unknown, unknown>, 'route'>,
    error: unknown,
  ): Promise<boolean> {
    const { profile } = this.#context;
    const pending = this.#pending;
    const { dialect, hasVerifiedDialect } = pending;
    const isRejected = error instanceof PersonaError && error.code === 'invalid_input';
    // `attributes` may accept what `subresource` rejects. Rejections by `attributes` follow the field config, which was reloaded.
    if (isRejected && dialect === 'subresource' && !hasVerifiedDialect)
      await this.verifyDialect(dialect).catch(() => {});
    pending.hasVerifiedDialect = true;
    return profile.dialect !== dialect && (isRejected || lacksRoute(endpoint, error));
  }

  /** Uses the client's deadline and no signal, and is interactive, because other calls wait for the same detection. */
  async #detectDialect(): Promise<Dialect> {
    const { options, profile, dialectEndpoint, importDetectWithoutList } = this.#context;
    const { deadlineMs } = options;
    const run: Run = (endpoint, input, overrides) =>
      this.#pending.caller.run(endpoint, input, {
        ...this.#inheritedOptions,
        cache: 'no-store',
        priority: 'interactive',
        deadlineMs,
        ...overrides,
      });
    const { dialect: previousDialect } = profile;
    const findNewDialect = () => (profile.dialect === previousDialect ? undefined : profile.dialect);
    try {
      return await run(dialectEndpoint(), {});
    } catch (error) {
      const detectWithoutList = await importDetectWithoutList().catch(() => {
        throw error;
      });
      return detectWithoutList(error, this.#call, {
        listProbe: dialectEndpoint(),
        run,
        previousDialect,
        findNewDialect,
      });
    }
  }

  async loadFieldConfig(): Promise<unknown> {
    return this.run(this.#context.fieldConfigEndpoint(), {}).catch(() => {});
  }

  get run(): Run {
    return async (endpoint, input, options) => {
      const { tokens, run } = this.#pending.caller;
      assertCurrentEpoch(this.#call, tokens.epoch);
      const { signal, deadline } = this.#call;
      const deadlineMs = Math.max(1, Math.floor(deadline.expiresAt - monotonicNow()));
      const overrides = { ...this.#inheritedOptions, signal, deadlineMs, ...options };
      const result = await run(endpoint, input, overrides);
      assertCurrentEpoch(this.#call, tokens.epoch);
      return result;
    };
  }

  /** A background revalidation has other limits than the call that started it. */
  get #inheritedOptions() {
    const { fallback: _, signal: __, ...options } = this.#pending.requestOptions ?? {};
    const { timeoutMs, retry, progress } = this.#call;
    return { ...options, timeoutMs, retry, priority: progress.priority };
  }
}
