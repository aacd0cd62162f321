import { LazySession } from '../auth/index.js';
import type { ClientCache } from '../cache/types.js';
import type { AuthOptions } from '../config/auth-options.js';
import type { CustomAttributes } from '../config/custom-types.js';
import { type Environment, optionsFromEnv } from '../config/env.js';
import { copyOptions } from '../config/parse-options.js';
import { resolveOptions } from '../config/resolve-options.js';
import { EVENT_NAMES } from '../core/event-names.js';
import type { CircuitState, PersonaEvents, PersonaListener } from '../core/events.js';
import { shortenInspection } from '../core/inspect-error.js';
import { assertName, invalidInputError } from '../core/validate.js';
import {
  createSendRequest,
  type SendRequest,
  type SendRequestWithMeta,
} from '../endpoints/any-route/index.js';
import { Auth } from '../endpoints/auth.js';
import { type ClientResources, createResources } from '../endpoints/index.js';
import { OPERATIONS, type Operation } from '../endpoints/operations.js';
import { collectPersonas } from '../endpoints/personas/iterate.js';
import type { IterationReport } from '../endpoints/personas/iteration-types.js';
import type { Caller } from '../pipeline/endpoint.js';
import { type ResultWithMeta, toData, toResultWithMeta } from '../pipeline/result.js';
import { ClientScope } from './client-scope.js';
import { type Controls, createControls } from './controls.js';
import { type ClientOptions, optionsSchema, type ViewOptions } from './options.js';

/**
 * The methods of `Api`, each returning `{ data, meta }`. `toArray` makes many calls, so its `meta` is the report of the
 * iteration. Without `iterate`, whose iterator has the report.
 */
export type WithMeta<Api> = {
  readonly [Resource in keyof Api]: {
    readonly [Method in keyof Api[Resource] as Api[Resource][Method] extends (
      ...args: never
    ) => Promise<unknown>
      ? Method
      : never]: Api[Resource][Method] extends (...args: infer Args) => Promise<infer Result>
      ? {
          /** Returns `{ data, meta }`. Method syntax keeps the parameters bivariant. */
          method(...args: Args): Promise<WithMetaResult<Method, Result>>;
        }['method']
      : never;
  };
};

type WithMetaResult<Method, Result> = Method extends 'toArray'
  ? { readonly data: Result; readonly meta: IterationReport }
  : ResultWithMeta<Result>;

/**
 * A client for one Persona Service.
 *
 * Create one client per service and share it: connections, cache, circuit breaker and retry budget belong to the client.
 *
 * Methods that send requests reject with a `PersonaError`.
 *
 * @example
 * ```ts
 * const client = new PersonaClient({ baseUrl: 'http://localhost:5050' });
 * const page = await client.personas.list();
 * console.log(`Found ${page.total} personas`);
 * client.close();
 * ```
 */
export class PersonaClient<Custom extends CustomAttributes = CustomAttributes> {
  /** Lists, reads, creates, updates and deletes personas. */
  readonly personas: ClientResources<Custom>['personas'];
  /** Reads and updates demographic data: age, location, language. */
  readonly demographic: ClientResources['demographic'];
  /** Reads and updates psychographic data: interests, values, lifestyle. */
  readonly psychographic: ClientResources<Custom>['psychographic'];
  /** Reads and updates behavioral data: habits, purchases, devices. */
  readonly behavioral: ClientResources<Custom>['behavioral'];
  /** Reads and updates contextual data: time, season, device. */
  readonly contextual: ClientResources<Custom>['contextual'];
  /** Reads the field config: the fields that the service stores in each category. */
  readonly fieldConfig: ClientResources['fieldConfig'];
  /** Reads the JSON Schema of a persona. */
  readonly schema: ClientResources['schema'];
  /** Checks the health of the service. */
  readonly health: ClientResources['health'];
  /** Logs in and out, and refreshes tokens. */
  readonly auth: Auth;
  /**
   * The same methods without `iterate` and `auth`, each returning `{ data, meta }`. `meta` contains status, attempts,
   * source, age and timeline. The `meta` of `personas.toArray` is the report of its iteration.
   *
   * @example
   * ```ts
   * const { data, meta } = await client.withMeta.personas.get(1);
   * console.log(data.name, meta.source, meta.attempts);
   * ```
   */
  readonly withMeta: WithMeta<ClientResources<Custom>> & {
    /** `client.request`, with metadata. */
    readonly request: SendRequestWithMeta;
  };
  /**
   * Calls a route that this package does not know, with the authentication, retries, cache and events of the other methods.
   *
   * The response must be JSON. An empty response, such as 204, counts as `null`.
   *
   * @throws {PersonaValidationError} if the request is invalid, for example because its path leaves the API. Nothing is sent.
   * @throws {PersonaResponseError} if the schema rejects the response, throws, or returns no result.
   * @throws {PersonaPermissionError} if the access policy denies the operation `request`, or the built-in method with this route.
   * A policy that restricts categories denies every call, because a response may contain data of any category.
   * @example
   * ```ts
   * const similar = await client.request({
   *   path: '/personas/1/similar',
   *   query: { limit: 5 },
   *   schema: z.array(z.object({ id: z.number(), score: z.number() })),
   * });
   * console.log(similar[0]?.score);
   * ```
   */
  readonly request: SendRequest;
  /** Cache statistics, and a method that clears the cache. */
  readonly cache: ClientCache;

  private readonly controls: Controls<PersonaClient<Custom>>;

  static {
    shortenInspection();
  }

  /**
   * Creates a client. Sends no request.
   *
   * @throws {PersonaValidationError} with all invalid options.
   */
  constructor(options: ClientOptions<Custom> = {}) {
    // `as` passes a scope. The parameter type does not show it, because the constructor is public.
    const scope = ClientScope.isScope(options)
      ? options
      : new ClientScope(resolveOptions(optionsSchema(), options));
    this.controls = createControls(scope, createView<Custom>);
    const { createRun, cache, tryCreateSession } = scope.core;

    const session = new LazySession(tryCreateSession, scope.options, scope.closeController);
    const caller: Caller = {
      tokens: session,
      closeSignal: scope.closeController,
      policy: scope.options.policy,
      get run() {
        return run;
      },
    };
    // A bulk operation may receive only `client.personas`.
    const run = Object.assign(createRun(caller, toData), { onClose: this.controls.onClose });
    // Resolves with `{ data, meta }`. `WithMeta` states that type.
    const runWithMeta = createRun(caller, toResultWithMeta);

    const resources = createResources<Custom>(run);
    this.personas = resources.personas;
    this.demographic = resources.demographic;
    this.psychographic = resources.psychographic;
    this.behavioral = resources.behavioral;
    this.contextual = resources.contextual;
    this.fieldConfig = resources.fieldConfig;
    this.schema = resources.schema;
    this.health = resources.health;
    this.auth = new Auth(session);
    const isAllowed = (operation: string) => this.controls.isAllowed(operation as Operation);
    this.request = createSendRequest(run, isAllowed);
    this.cache = { stats: () => cache.stats, clear: () => cache.clear(session.identity) };
    const { personas, ...others } = createResources<Custom>(runWithMeta);
    const toArray = collectPersonas.bind(undefined, run);
    const request = createSendRequest(runWithMeta, isAllowed);
    this.withMeta = { ...others, personas: Object.assign(personas, { toArray }), request } as never;
  }

  /**
   * Creates a client from environment variables: `PERSONA_API_URL` (with or without `/api/v1`), `PERSONA_API_TOKEN`, or
   * `PERSONA_USERNAME` and `PERSONA_PASSWORD`. `PERSONA_ALLOW_INSECURE_AUTH=true` permits credentials over plain HTTP.
   *
   * @param options take precedence over the environment.
   * @param environment the variables to read. @default process.env
   * @throws {PersonaValidationError} with all invalid options, or if only one of user name and password is set.
   * @example
   * ```ts
   * const client = PersonaClient.fromEnv({ timeoutMs: 2_000 });
   * ```
   */
  static fromEnv<Custom extends CustomAttributes = CustomAttributes>(
    options: ClientOptions<Custom> = {},
    environment?: Environment,
  ): PersonaClient<Custom> {
    const copy = copyOptions(options, 'PersonaClient.fromEnv');
    const definedOptions = Object.entries(copy).filter(([, value]) => value !== undefined);
    return new this<Custom>({ ...optionsFromEnv(environment), ...Object.fromEntries(definedOptions) });
  }

  /** State of the circuit breaker: `closed`, `open` or `half-open`. */
  get circuit(): CircuitState {
    return this.controls.getCircuit();
  }

  /**
   * Creates a client for another user: an identity view.
   *
   * A view shares the client's connections, queue, circuit breaker, retry budget and events. Identities share neither
   * tokens nor cached data. A write through one view also invalidates what other identities have cached.
   *
   * Views are cheap: create one per user or per request. A view needs no `close()`, unless its `tokenStore` has `watch`.
   *
   * @param auth the user's credentials, as in the client option `auth`.
   * @param options further restrictions, and the verified name of the user.
   * @throws {PersonaValidationError} with all invalid options.
   * @example
   * ```ts
   * const alice = client.as({ token });
   * const persona = await alice.personas.get(1);
   * ```
   */
  as(auth: AuthOptions, options: ViewOptions = {}): PersonaClient<Custom> {
    return this.controls.createView(auth, options);
  }

  /**
   * Returns whether the client's `access` policy allows an operation, for example to hide a button.
   *
   * The policy can still deny an allowed create or update because of the categories in its input. The service can deny any
   * call.
   *
   * @throws {PersonaValidationError} if there is no such operation.
   * @example
   * ```ts
   * const canDelete = client.allows('personas.delete');
   * ```
   */
  allows(operation: Operation): boolean {
    assertName('client.allows', 'operation', operation, OPERATIONS);
    return this.controls.isAllowed(operation);
  }

  /** @internal Whether `redact` or `access` removes a field of a category from responses. The MCP server needs to know. */
  redacts(category: string, name: string): boolean {
    return this.controls.isRedacted(category, name);
  }

  /**
   * Subscribes to an event of this client and all its views: see {@link PersonaEvents}. Listeners cannot change or fail a
   * call.
   *
   * @returns a function that removes the listener.
   * @throws {PersonaValidationError} if there is no such event, or the listener is not a function.
   * @example
   * ```ts
   * const unsubscribe = client.on('retry', ({ call, delayMs, error }) => console.warn(call, error, delayMs));
   * unsubscribe();
   * ```
   */
  on<Name extends keyof PersonaEvents>(name: Name, listener: PersonaListener<Name>): () => void {
    assertName('client.on', 'name', name, EVENT_NAMES);
    assertListener('client.on', listener);
    return this.controls.on(name, listener);
  }

  /**
   * Calls a function when the client is closed, or immediately if it is closed already. Closing a client also closes its
   * views.
   *
   * @returns a function that removes the listener.
   * @throws {PersonaValidationError} if the listener is not a function.
   * @example
   * ```ts
   * const timer = setInterval(() => client.health.check().catch(console.warn), 60_000);
   * client.onClose(() => clearInterval(timer));
   * ```
   */
  onClose(listener: () => void): () => void {
    assertListener('client.onClose', listener);
    return this.controls.onClose(listener);
  }

  /**
   * Closes the client: aborts all calls in flight with `PersonaAbortError`, and stops all timers. Later calls fail with the
   * same error.
   *
   * Closing a client also closes its views. Closing a view aborts only the calls of that view, and removes its listeners.
   */
  close(): void {
    this.controls.close();
  }

  /** Calls {@link close}. Enables `using client = new PersonaClient()`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

function assertListener(method: string, listener: unknown): void {
  if (typeof listener !== 'function')
    throw invalidInputError(method, [{ path: ['listener'], message: 'must be a function' }]);
}

/** Outside of the class, because the bundler renames a class that refers to itself. */
const createView = <Custom extends CustomAttributes>(scope: ClientScope): PersonaClient<Custom> =>
  new PersonaClient(scope as ClientOptions<Custom>);
