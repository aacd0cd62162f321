import type { CallOptions } from '../config/request-options.js';
import type { ResolvedOptions } from '../config/resolve-options.js';
import type { Call } from '../core/call.js';
import type { Dialect } from '../core/dialect.js';
import type { FieldConfig } from '../schemas/field-config.js';
import type { Preflight } from './encode.js';
import type { Caller, Endpoint, Run } from './endpoint.js';

interface SubCallContext {
  readonly options: ResolvedOptions;
  readonly dialectEndpoint: () => Endpoint<object, object, Dialect>;
  readonly fieldConfigEndpoint: () => Endpoint<object, FieldConfig, FieldConfig>;
}

/** The options of the parent call, with any type of result. */
type ParentOptions = Omit<CallOptions<unknown>, 'fallback'> & { readonly fallback?: unknown };

/**
 * Runs the additional calls that a call needs: dialect detection, field config, recovery and reconciliation.
 *
 * They inherit the options of the call and, except for dialect detection, its signal and deadline.
 */
export class SubCalls implements Preflight {
  readonly #context: SubCallContext;
  readonly #caller: Caller;
  readonly #call: Call;
  readonly #options: ParentOptions | undefined;

  constructor(context: SubCallContext, caller: Caller, call: Call, options: ParentOptions | undefined) {
    this.#context = context;
    this.#caller = caller;
    this.#call = call;
    this.#options = options;
  }

  /** Uses the client's deadline and no signal, because other calls wait for the same detection. */
  detectDialect(): Promise<Dialect> {
    const { options, dialectEndpoint } = this.#context;
    const { deadlineMs } = options;
    return this.#caller.run(
      dialectEndpoint(),
      {},
      { ...this.#inheritedOptions, cache: 'no-store', deadlineMs },
    );
  }

  async loadFieldConfig(): Promise<unknown> {
    return this.run(this.#context.fieldConfigEndpoint(), {}).catch(() => {});
  }

  get run(): Run {
    return (endpoint, input, options) => {
      const { signal, deadline } = this.#call;
      const deadlineMs = Math.max(1, Math.floor(deadline.expiresAt - performance.now()));
      return this.#caller.run(endpoint, input, { ...this.#inheritedOptions, signal, deadlineMs, ...options });
    };
  }

  get #inheritedOptions() {
    const { fallback: _, signal: __, ...options } = this.#options ?? {};
    return options;
  }
}
