import { noCache, ResponseCache } from '../cache/index.js';
import { lazily } from '../cache/shared/lazy.js';
import { isInTheClear } from '../config/base-url.js';
import type { CacheRules, Settings, SharedRules } from '../config/resolve-options.js';
import { Ending } from '../core/abort.js';
import { Events } from '../core/events.js';
import { Deployment } from '../core/service-profile.js';
import { askFieldConfig } from '../endpoints/field-config.js';
import { probeDialect } from '../endpoints/personas/list.js';
import { alwaysClosed, breaker as createBreaker } from '../pipeline/circuit-breaker/index.js';
import { createPipeline, createWire } from '../pipeline/index.js';
import { transportOf } from '../pipeline/transport.js';

type Core = ReturnType<typeof createCore>;

/** What a client is made of: its own core, or, as an identity view, another client's. */
export class View {
  readonly settings: Settings;
  readonly core: Core;
  /** Ends the calls of this view; those of a client end its views' too. */
  readonly closing: Ending;

  constructor(settings: Settings, core?: Core) {
    this.settings = settings;
    this.core = core ?? createCore(settings);
    this.closing = core ? new Ending(core.closing) : this.core.closing;
  }
}

/** With a shared store, if there is one; its code is loaded then. */
function createCache({ apiUrl }: Settings, rules: CacheRules, events: Events): ResponseCache {
  const { shared } = rules;
  const changed = (ok: boolean) => events.emit('cacheStore', { ok });
  const open = async (own: SharedRules) =>
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
function createCore(settings: Settings) {
  const events = new Events();
  const { logger, logLevel } = settings;
  if (logger) {
    const logging = import('./logging.js');
    events.watch((name, event) => logging.then(({ log }) => log(logger, logLevel, name, event)));
  }
  if (settings.allowInsecureAuth && isInTheClear(settings.baseUrl))
    queueMicrotask(() => events.emit('insecure', { origin: new URL(settings.baseUrl).origin }));
  const closing = new Ending();
  const breaker = settings.breaker ? createBreaker(settings.breaker, events) : alwaysClosed;
  const cache = settings.cache ? createCache(settings, settings.cache, events) : noCache;
  const deployment = new Deployment(settings.dialect, events);
  const transport = transportOf(settings.fetch);
  const wire = createWire(settings, transport, deployment, events);
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
