import { authRequests } from './auth/requests.js';
import { Session } from './auth/session.js';
import { Deployment } from './dialect.js';
import { Auth } from './endpoints/auth.js';
import { getFieldConfig } from './endpoints/field-config.js';
import { type Endpoints, endpoints } from './endpoints/index.js';
import { probeDialect } from './endpoints/persona-list.js';
import { type Environment, optionsFrom } from './environment.js';
import { type CircuitState, Events, type PersonaEvents, type PersonaListener } from './events.js';
import type { ClientOptions } from './options.js';
import { Closing } from './pipeline/abort.js';
import { alwaysClosed, breaker } from './pipeline/breaker.js';
import { noCache, ResponseCache } from './pipeline/cache.js';
import { createPipeline, createWire } from './pipeline/index.js';
import type { Outcome } from './pipeline/outcome.js';
import type { Run } from './pipeline/types.js';
import { settingsOf } from './settings.js';

/** The same methods, answering `{ data, meta }`. */
export type WithMeta<Api> = {
  readonly [Resource in keyof Api]: {
    readonly [Method in keyof Api[Resource] as Api[Resource][Method] extends (
      ...args: never
    ) => Promise<unknown>
      ? Method
      : never]: Api[Resource][Method] extends (...args: infer Args) => Promise<infer Result>
      ? (...args: Args) => Promise<Outcome<Result>>
      : never;
  };
};

/**
 * A client of one Persona Service.
 *
 * @example
 * ```ts
 * const client = new PersonaClient({ baseUrl: 'http://localhost:5050' });
 * const page = await client.personas.list();
 * console.log(`Found ${page.total} personas`);
 * client.close();
 * ```
 */
export class PersonaClient {
  /** List, read, create, change and delete personas. */
  readonly personas: Endpoints['personas'];
  /** Who a persona is: age, place, language. */
  readonly demographic: Endpoints['demographic'];
  /** How a persona thinks: interests, values, lifestyle. */
  readonly psychographic: Endpoints['psychographic'];
  /** What a persona does: habits, purchases, devices. */
  readonly behavioral: Endpoints['behavioral'];
  /** The circumstances a persona is in: time, season, device. */
  readonly contextual: Endpoints['contextual'];
  /** The fields that this deployment knows. */
  readonly fieldConfig: Endpoints['fieldConfig'];
  /** What a persona looks like, as a JSON Schema. */
  readonly schema: Endpoints['schema'];
  /** Whether the service is there. */
  readonly health: Endpoints['health'];
  /** Signing in and out. */
  readonly auth: Auth;
  /** The same endpoints, each answering `{ data, meta }`: status, attempts, source, age and timeline of the call. */
  readonly withMeta: WithMeta<Endpoints>;

  readonly #events = new Events();
  readonly #closing = new Closing();
  readonly #breaker;
  readonly #cache;

  /** @throws {PersonaValidationError} naming each option that is unknown or impossible. */
  constructor(given: ClientOptions = {}) {
    const options = settingsOf(given);
    const events = this.#events;
    const closing = this.#closing;
    this.#breaker = options.breaker ? breaker(options.breaker, events) : alwaysClosed;
    const cache = options.cache ? new ResponseCache(options.cache, events) : noCache;
    this.#cache = cache;

    const deployment = new Deployment(options.dialect, events);
    const wire = createWire(options, deployment, events);
    const session = new Session({
      options,
      requests: authRequests(options, wire, closing),
      events,
      closing,
      identityChanged: () => cache.clear(),
    });
    const execute = createPipeline({
      options,
      deployment,
      closing,
      cache,
      breaker: this.#breaker,
      tokens: session,
      wire,
      events,
      probe: probeDialect,
      fieldConfig: getFieldConfig,
    });

    const plain = endpoints(async (...call) => (await execute(...call)).data);
    this.personas = plain.personas;
    this.demographic = plain.demographic;
    this.psychographic = plain.psychographic;
    this.behavioral = plain.behavioral;
    this.contextual = plain.contextual;
    this.fieldConfig = plain.fieldConfig;
    this.schema = plain.schema;
    this.health = plain.health;
    this.auth = new Auth(session);
    this.withMeta = endpoints(execute as unknown as Run) as unknown as WithMeta<Endpoints>;
  }

  /**
   * A client set up by the environment: `PERSONA_API_URL` (with or without `/api/v1`), `PERSONA_API_TOKEN`,
   * or `PERSONA_USERNAME` and `PERSONA_PASSWORD`. Options given here win.
   *
   * @example
   * ```ts
   * const client = PersonaClient.fromEnv({ timeoutMs: 2_000 });
   * ```
   */
  static fromEnv(options: ClientOptions = {}, environment?: Environment): PersonaClient {
    const given = Object.entries(options).filter(([, value]) => value !== undefined);
    return new this({ ...optionsFrom(environment), ...Object.fromEntries(given) });
  }

  /** Whether requests pass (`closed`), are refused here (`open`), or one may try (`half-open`). */
  get circuit(): CircuitState {
    return this.#breaker.state;
  }

  /**
   * Listen to what happens below. Listeners cannot change or break a call.
   *
   * @returns a function that ends the listening.
   * @example
   * ```ts
   * const stop = client.on('retry', ({ call, waitMs, reason }) => console.warn(call, reason, waitMs));
   * ```
   */
  on<Name extends keyof PersonaEvents>(name: Name, listener: PersonaListener<Name>): () => void {
    return this.#events.on(name, listener);
  }

  /** End all calls under way with a `PersonaAbortError`, and stop every timer. Later calls end in the same way. */
  close(): void {
    this.#closing.abort(new Error('client.close() was called'));
    this.#cache.close();
    this.#breaker.close();
  }

  /** As {@link close}, for `using client = new PersonaClient()`. */
  [Symbol.dispose](): void {
    this.close();
  }
}
