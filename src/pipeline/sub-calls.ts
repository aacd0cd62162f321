import type { CallOptions, ResolvedOptions } from '../config/resolve-options.js';
import type { Call } from '../core/call.js';
import type { Dialect } from '../core/service-profile.js';
import type { FieldConfig } from '../schemas/field-config.js';
import type { Preflight } from './encode.js';
import type { Caller, Endpoint, Run } from './endpoint.js';

interface FollowUpParts {
  readonly options: ResolvedOptions;
  /** Asks the service which dialect it speaks. */
  readonly probe: () => Endpoint<object, object, Dialect>;
  /** Asks it for its fields. */
  readonly fieldConfig: () => Endpoint<object, FieldConfig, FieldConfig>;
}

type Given = Omit<CallOptions<unknown>, 'fallback'> & { readonly fallback?: unknown };

/** The further calls that a call may need: made in its manner and, but for one, within its time. */
export class SubCalls implements Preflight {
  readonly #parts: FollowUpParts;
  readonly #caller: Caller;
  readonly #call: Call;
  readonly #options: Given | undefined;

  constructor(parts: FollowUpParts, caller: Caller, call: Call, options: Given | undefined) {
    this.#parts = parts;
    this.#caller = caller;
    this.#call = call;
    this.#options = options;
  }

  /** Others may wait for it too. */
  dialect(): Promise<Dialect> {
    const { options, probe } = this.#parts;
    return this.#caller.run(
      probe(),
      {},
      { ...this.#manner, cache: 'no-store', deadlineMs: options.deadlineMs },
    );
  }

  async fieldConfig(): Promise<unknown> {
    return this.run(this.#parts.fieldConfig(), {}).catch(() => {});
  }

  get run(): Run {
    return (endpoint, input, its) => {
      const { signal, deadline } = this.#call;
      const deadlineMs = Math.max(1, Math.floor(deadline.at - performance.now()));
      return this.#caller.run(endpoint, input, { ...this.#manner, signal, deadlineMs, ...its });
    };
  }

  get #manner() {
    const { fallback: _, signal: __, ...manner } = this.#options ?? {};
    return manner;
  }
}
