import * as z from 'zod/mini';
import type { RequestOptions } from '../config/options.js';
import type { Endpoint, Run } from '../pipeline/endpoint.js';
import { once } from '../schemas/rules.js';

/** What the service says of itself: `{ status: 'ok', version: '1.0.0' }` or `{ status: 'healthy' }` (wire contract). */
export interface HealthStatus {
  status: string;
  version?: string | undefined;
}

const checkHealth: () => Endpoint<object, HealthStatus, HealthStatus> = once(() => ({
  name: 'health.check',
  input: z.object({}),
  route: { method: 'GET', path: () => '/health', unversioned: true },
  responseSchema: z.looseObject({ status: z.string(), version: z.optional(z.string()) }),
  skipLayers: ['limit', 'breaker', 'authorize'],
  transform: (health) => health,
}));

/** Whether the service is there: `client.health`. */
export class Health {
  readonly #run: Run;
  /** @internal */
  constructor(run: Run) {
    this.#run = run;
  }

  /**
   * Ask the service how it is: one request past cache, retries and circuit, without a token.
   * The service allows no other origin on this route, so a browser can only ask its own (wire contract).
   *
   * @throws {PersonaConnectionError} when it cannot be reached.
   * @example
   * ```ts
   * const { status } = await client.health.check({ timeoutMs: 1_000 });
   * ```
   */
  check(options?: RequestOptions<HealthStatus>): Promise<HealthStatus> {
    return this.#run(
      checkHealth(),
      {},
      options?.retry === undefined ? { ...options, retry: false } : options,
    );
  }
}
