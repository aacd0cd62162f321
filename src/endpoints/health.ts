import type { RequestOptions } from '../config/request-options.js';
import type { Run } from '../pipeline/endpoint.js';
import { objectWith, openObject, optional } from '../schemas/objects.js';
import { anyString } from '../schemas/validators.js';
import { defineEndpoint, type EndpointDefinition } from './define-endpoint.js';

/** Result of `health.check`, for example `{ status: 'ok', version: '1.0.0' }` or `{ status: 'healthy' }`. */
export interface HealthStatus {
  /** `ok` or `healthy`, as the service returns it. */
  status: string;
  /** The version of the service. Absent if the service does not return one. */
  version?: string | undefined;
}

export const checkHealth = defineEndpoint(
  'health.check',
  (): EndpointDefinition<object, HealthStatus, HealthStatus> => ({
    inputSchema: objectWith({}),
    route: { method: 'GET', path: () => '/health', unversioned: true },
    responseSchema: openObject({ status: anyString, version: optional(anyString) }),
    skipLayers: ['limit', 'breaker', 'authorize'],
    retriesOnlyIfAsked: true,
    transform: (health) => health,
  }),
);

/** Health checks: `client.health`. */
export class Health {
  private readonly run: Run;
  /** @internal */
  constructor(run: Run) {
    this.run = run;
  }

  /**
   * Checks the health of the service. Sends one request without a token.
   *
   * Bypasses the cache, the concurrency limit and the circuit breaker, and retries only if you pass `retry`. The service
   * sends no CORS headers on this route, so a web page can check only a service on its own origin: see
   * `docs/guides/browser.md`.
   *
   * @throws {PersonaConnectionError} if the service cannot be reached.
   * @example
   * ```ts
   * const { status } = await client.health.check({ timeoutMs: 1_000 });
   * ```
   */
  check(options?: RequestOptions<HealthStatus>): Promise<HealthStatus> {
    return this.run(checkHealth(), {}, options);
  }
}
