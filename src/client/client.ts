import { authRequests } from '../auth/requests.js';
import { Session } from '../auth/session.js';
import type { ClientCache } from '../cache/types.js';
import { permits } from '../config/access-policy.js';
import type { AuthOptions } from '../config/auth-options.js';
import type { CustomAttributes } from '../config/define-attributes.js';
import { type Environment, optionsFromEnv } from '../config/env.js';
import type { ClientOptions, Operation, ViewOptions } from '../config/options.js';
import { resolveOptions, resolveViewOptions } from '../config/resolve-options.js';
import type { CircuitState, PersonaEvents, PersonaListener } from '../core/events.js';
import { Auth } from '../endpoints/auth.js';
import { type Endpoints, endpoints } from '../endpoints/index.js';
import type { Caller, Run } from '../pipeline/endpoint.js';
import { type ResultWithMeta, toResultWithMeta } from '../pipeline/result.js';
import { ClientScope } from './shared-core.js';

/** The same methods, answering `{ data, meta }`. */
export type WithMeta<Api> = {
  readonly [Resource in keyof Api]: {
    readonly [Method in keyof Api[Resource] as Api[Resource][Method] extends (
      ...args: never
    ) => Promise<unknown>
      ? Method
      : never]: Api[Resource][Method] extends (...args: infer Args) => Promise<infer Result>
      ? { method(...args: Args): Promise<ResultWithMeta<Result>> }['method'] // as lenient in its parameters as the method itself
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
export class PersonaClient<Own extends CustomAttributes = CustomAttributes> {
  /** List, read, create, change and delete personas. */
  readonly personas: Endpoints<Own>['personas'];
  /** Who a persona is: age, place, language. */
  readonly demographic: Endpoints['demographic'];
  /** How a persona thinks: interests, values, lifestyle. */
  readonly psychographic: Endpoints<Own>['psychographic'];
  /** What a persona does: habits, purchases, devices. */
  readonly behavioral: Endpoints<Own>['behavioral'];
  /** The circumstances a persona is in: time, season, device. */
  readonly contextual: Endpoints<Own>['contextual'];
  /** The fields that this deployment knows. */
  readonly fieldConfig: Endpoints['fieldConfig'];
  /** What a persona looks like, as a JSON Schema. */
  readonly schema: Endpoints['schema'];
  /** Whether the service is there. */
  readonly health: Endpoints['health'];
  /** Signing in and out. */
  readonly auth: Auth;
  /** The same endpoints, each answering `{ data, meta }`: status, attempts, source, age and timeline of the call. */
  readonly withMeta: WithMeta<Endpoints<Own>>;

  /** Counts of the cache, and a way to empty it. */
  readonly cache: ClientCache;

  readonly #view: ClientScope;

  /** @throws {PersonaValidationError} naming each option that is unknown or impossible. */
  constructor(given: ClientOptions<Own> = {}) {
    const view = given instanceof ClientScope ? given : new ClientScope(resolveOptions(given));
    this.#view = view;
    const { execute, cache, wire, events, closing } = view.core;

    const session = new Session({
      options: view.settings,
      requests: authRequests(view.settings, wire, events, closing),
      events,
      closing,
      viewClosing: view.closing,
      forget: (identity) => cache.forget(identity),
    });
    const caller: Caller = {
      tokens: session,
      closing: view.closing,
      policy: view.settings.policy,
      run: (endpoint, input, options) => execute(caller, endpoint, input, options, ({ data }) => data),
    };
    const withMeta = ((...[endpoint, input, options]: Parameters<Run>) =>
      execute(caller, endpoint, input, options, toResultWithMeta)) as unknown as Run;

    const plain = endpoints<Own>(caller.run);
    this.personas = plain.personas;
    this.demographic = plain.demographic;
    this.psychographic = plain.psychographic;
    this.behavioral = plain.behavioral;
    this.contextual = plain.contextual;
    this.fieldConfig = plain.fieldConfig;
    this.schema = plain.schema;
    this.health = plain.health;
    this.auth = new Auth(session);
    this.cache = { stats: () => cache.stats, clear: () => cache.forget(session.identity) };
    this.withMeta = endpoints(withMeta) as unknown as WithMeta<Endpoints<Own>>;
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
  static fromEnv<Own extends CustomAttributes = CustomAttributes>(
    options: ClientOptions<Own> = {},
    environment?: Environment,
  ): PersonaClient<Own> {
    const given = Object.entries(options).filter(([, value]) => value !== undefined);
    return new this<Own>({ ...optionsFromEnv(environment), ...Object.fromEntries(given) });
  }

  /** Whether requests pass (`closed`), are refused here (`open`), or one may try (`half-open`). */
  get circuit(): CircuitState {
    return this.#view.core.breaker.state;
  }

  /**
   * This client for someone else: an identity view. It shares the connections, the queue, the circuit, the retry budget
   * and the events, never tokens, nor anything that was read as someone else. Views are light: make one per user or request.
   * What one of them writes is not read from the cache by the others.
   *
   * @param auth as the client's option.
   * @throws {PersonaValidationError} naming each option that is unknown or impossible.
   * @example
   * ```ts
   * const alice = client.as({ token });
   * const persona = await alice.personas.get(1);
   * ```
   */
  as(auth: AuthOptions, options: ViewOptions = {}): PersonaClient<Own> {
    const { settings, core } = this.#view;
    return new PersonaClient(
      new ClientScope(resolveViewOptions(settings, auth, options), core) as ClientOptions<Own>,
    );
  }

  /**
   * Whether this client's own `access` lets an operation pass: for a button that would only be refused. A `create` or
   * `update` that is allowed may still be refused for the categories it names; and the service has its own rules.
   *
   * @example
   * ```ts
   * const canDelete = client.allows('personas.delete');
   * ```
   */
  allows(operation: Operation): boolean {
    return permits(this.#view.settings.policy, operation);
  }

  /**
   * Listen to what happens below, to this client and all its views. Listeners cannot change or break a call.
   *
   * @returns a function that ends the listening.
   * @example
   * ```ts
   * const stop = client.on('retry', ({ call, delayMs, error }) => console.warn(call, error, delayMs));
   * ```
   */
  on<Name extends keyof PersonaEvents>(name: Name, listener: PersonaListener<Name>): () => void {
    return this.#view.core.events.on(name, listener);
  }

  /**
   * End all calls under way with a `PersonaAbortError`, those of views too, and stop every timer. Later calls end in the
   * same way. Closing a view ends its own calls only.
   */
  close(): void {
    const { core, closing } = this.#view;
    closing.abort(new Error('client.close() was called'));
    if (closing === core.closing) core.close();
  }

  /** As {@link close}, for `using client = new PersonaClient()`. */
  [Symbol.dispose](): void {
    this.close();
  }
}
