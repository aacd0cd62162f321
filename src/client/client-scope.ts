import { createSessionFactory } from '../auth/index.js';
import { disabledCache, ResponseCache } from '../cache/index.js';
import { lazySharedCache } from '../cache/shared/index.js';
import type { ResolvedCacheOptions } from '../config/cache-options.js';
import type { Logger } from '../config/logger.js';
import type { ResolvedOptions } from '../config/resolve-options.js';
import { isPlaintextHttp } from '../config/secure-origin.js';
import { LightAbortController } from '../core/abort.js';
import { sleepAwareNow } from '../core/clock.js';
import { EventEmitter } from '../core/event-emitter.js';
import { newRandomId } from '../core/random-id.js';
import { ServiceProfile } from '../core/service-profile.js';
import { raceTimeout } from '../core/timers.js';
import { getFieldConfigInternally } from '../endpoints/field-config.js';
import { probeDialect } from '../endpoints/personas/list.js';
import { alwaysClosed, createCircuitBreaker } from '../pipeline/circuit-breaker/index.js';
import { createExchangeStack } from '../pipeline/exchange-stack.js';
import { resolveTransport } from '../pipeline/fetch-transport.js';
import { createPipeline } from '../pipeline/index.js';

type SharedCore = ReturnType<typeof createSharedCore>;

/** The options and the shared core of a client or of one of its identity views. */
export class ClientScope {
  readonly #isScope = true;
  readonly options: ResolvedOptions;
  readonly core: SharedCore;
  /** Aborts the calls of this scope. Closing a client also aborts the calls of its views. */
  readonly closeController: LightAbortController;

  /** @param core the core of the client, for a view. */
  constructor(options: ResolvedOptions, core?: SharedCore) {
    this.options = options;
    this.core = core ?? createSharedCore(options);
    this.closeController = core ? new LightAbortController(core.closeController) : this.core.closeController;
  }

  /** Whether a value is a scope. Unlike `instanceof`, does not fail for a revoked proxy. */
  static isScope(value: unknown): value is ClientScope {
    return #isScope in Object(value);
  }
}

/** Creates the parts that a client and its views share: connections, cache, circuit breaker and events. */
function createSharedCore(options: ResolvedOptions) {
  const events = new EventEmitter();
  if (options.logger) logEvents(events, options.logger, options.logLevel);
  if (options.allowInsecureAuth && isPlaintextHttp(options.baseUrl))
    Promise.resolve().then(() =>
      events.emit('insecureAuth', { origin: options.baseUrl.split('/', 3).join('/') }),
    );
  const closeController = new LightAbortController();
  const breaker = options.breaker ? createCircuitBreaker(options.breaker, events) : alwaysClosed;
  const cache = options.cache ? createCache(options, options.cache, events) : disabledCache;
  const profile = new ServiceProfile(options.dialect, events, options.timeoutMs);
  const transport = resolveTransport(options.fetch);
  const exchangeStack = createExchangeStack(options, transport, profile, events);
  const createRun = createPipeline({
    options,
    profile,
    cache,
    breaker,
    transport,
    exchangeStack,
    events,
    dialectEndpoint: probeDialect,
    importDetectWithoutList: async () =>
      (await import('../endpoints/personas/detect-without-list.js')).detectWithoutList,
    fieldConfigEndpoint: getFieldConfigInternally,
  });
  /** Stops timers and background work. */
  const close = () => {
    cache.close();
    breaker.close();
  };
  const tryCreateSession = createSessionFactory({
    exchangeStack,
    events,
    closeSignal: closeController,
    clearCache: (identity) => cache.clear(identity),
  });
  return { events, tryCreateSession, closeController, breaker, cache, createRun, close };
}

/**
 * Logs all events, in order. Imports the code on the first event.
 *
 * Does not keep the promise of the import: a runtime can drop the promise with the request that created it.
 */
function logEvents(events: EventEmitter, logger: Logger, logLevel: ResolvedOptions['logLevel']): void {
  let logEvent: typeof import('./logging.js')['logEvent'] | undefined;
  let pending = 0;
  events.onAny((name, event) => {
    if (logEvent && pending === 0) return logEvent(logger, logLevel, name, event);
    pending++;
    return import('./logging.js').then((module) => {
      pending--;
      logEvent = module.logEvent;
      return logEvent(logger, logLevel, name, event);
    });
  });
}

/** Creates the cache. Imports the code of the shared cache only if a store is configured. */
function createCache(
  { apiUrl }: ResolvedOptions,
  options: ResolvedCacheOptions,
  events: EventEmitter,
): ResponseCache {
  const { sharedStore } = options;
  const onStatusChange = (ok: boolean) => events.emit('cacheStore', { ok });
  const sharedCache =
    sharedStore &&
    lazySharedCache(
      async () =>
        (await import('../cache/shared/cache.js')).openSharedCache(sharedStore, apiUrl, onStatusChange, {
          sleepAwareNow,
          newRandomId,
          raceTimeout,
        }),
      () => onStatusChange(false),
    );
  return new ResponseCache(options, events, sharedCache);
}
