import { noCache, ResponseCache } from '../cache/index.js';
import { lazily } from '../cache/shared/lazy.js';
import { isPlaintextHttp } from '../config/base-url.js';
import type {
  ResolvedCacheOptions,
  ResolvedOptions,
  ResolvedStoreOptions,
} from '../config/resolve-options.js';
import { LightAbortController } from '../core/abort.js';
import { Events } from '../core/events.js';
import { ServiceProfile } from '../core/service-profile.js';
import { askFieldConfig } from '../endpoints/field-config.js';
import { probeDialect } from '../endpoints/personas/list.js';
import { alwaysClosed, createCircuitBreaker as createBreaker } from '../pipeline/circuit-breaker/index.js';
import { createPipeline, createTransportStack } from '../pipeline/index.js';
import { transportOf } from '../pipeline/transport.js';

type Core = ReturnType<typeof createCore>;

/** What a client is made of: its own core, or, as an identity view, another client's. */
export class ClientScope {
  readonly settings: ResolvedOptions;
  readonly core: Core;
  /** Ends the calls of this view; those of a client end its views' too. */
  readonly closing: LightAbortController;

  constructor(settings: ResolvedOptions, core?: Core) {
    this.settings = settings;
    this.core = core ?? createCore(settings);
    this.closing = core ? new LightAbortController(core.closing) : this.core.closing;
  }
}

/** With a shared store, if there is one; its code is loaded then. */
function createCache(
  { apiUrl }: ResolvedOptions,
  rules: ResolvedCacheOptions,
  events: Events,
): ResponseCache {
  const { shared } = rules;
  const changed = (ok: boolean) => events.emit('cacheStore', { ok });
  const open = async (own: ResolvedStoreOptions) =>
    (await import('../cache/shared/cache.js')).openShared(own, apiUrl, changed);
  const level =
    shared &&
    lazily(
      () => open(shared),
      () => changed(false),
    );
  return new ResponseCache(rules, events, level);
}

/** What a client and its identity views have in common: everything but who is calling. */
function createCore(settings: ResolvedOptions) {
  const events = new Events();
  const { logger, logLevel } = settings;
  if (logger) {
    const logging = import('./logging.js');
    events.onAny((name, event) => logging.then(({ log }) => log(logger, logLevel, name, event)));
  }
  if (settings.allowInsecureAuth && isPlaintextHttp(settings.baseUrl))
    queueMicrotask(() => events.emit('insecureAuth', { origin: new URL(settings.baseUrl).origin }));
  const closing = new LightAbortController();
  const breaker = settings.breaker ? createBreaker(settings.breaker, events) : alwaysClosed;
  const cache = settings.cache ? createCache(settings, settings.cache, events) : noCache;
  const deployment = new ServiceProfile(settings.dialect, events);
  const transport = transportOf(settings.fetch);
  const wire = createTransportStack(settings, transport, deployment, events);
  const execute = createPipeline({
    options: settings,
    deployment,
    cache,
    breaker,
    transport,
    wire,
    events,
    probe: probeDialect,
    fieldConfig: askFieldConfig,
  });
  /** Stop what runs for no call. */
  const close = () => {
    cache.close();
    breaker.close();
  };
  return { events, closing, breaker, cache, wire, execute, close };
}
